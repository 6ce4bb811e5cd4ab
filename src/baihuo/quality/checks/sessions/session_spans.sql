-- A row a session and visitor: when it lasted (``acted_us``: the last act but a
-- dwell), and where.
-- {browsing}
-- {rows}
-- {since}
select
    session_id,
    visitor_id,
    min({since}) as first_us,
    max(occurred_at_us) as last_us,
    coalesce(
        max(case when event_type <> 'dwell' then occurred_at_us end), min({since})
    ) as acted_us,
    sum(case when event_type in ('search', 'impression') then 1 else 0 end) as n_pages,
    min(device) as device,
    max(device) as device_2,
    min(platform) as platform,
    max(platform) as platform_2
from {rows}
where session_id is not null and event_type in {browsing}
group by session_id, visitor_id
