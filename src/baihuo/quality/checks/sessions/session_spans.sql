-- One row a session and visitor: session_id, visitor_id, first_us, first_row_us,
-- last_us, last_action_us (of the last event but a dwell), most_late_us (until an
-- event was received), n (rows), n_pages, and device and platform, twice: first and
-- last by name.
-- A visit that begins with a stay began when that did; a stay of later rows began
-- within it, whatever it says: a stay in another unit would reach over other visits.
-- {rows}           events: session_id, visitor_id, event_type, occurred_at_us, …
-- {browsing_types} event types that happen during a visit, as an SQL list
-- {started_us}     SQL of when an event began, µs UTC
-- {first_row}      SQL that is least for the first row; of rows at one moment, for the
-- one that began first, whatever order they are read in
select
    session_id,
    visitor_id,
    arg_min({started_us}, {first_row}) as first_us,
    min(occurred_at_us) as first_row_us,
    max(occurred_at_us) as last_us,
    coalesce(
        max(case when event_type <> 'dwell' then occurred_at_us end),
        arg_min({started_us}, {first_row})
    ) as last_action_us,
    max(received_at_us - occurred_at_us) as most_late_us,
    count(*) as n,
    sum(case when event_type in ('search', 'impression') then 1 else 0 end) as n_pages,
    min(device) as device,
    max(device) as last_device,
    min(platform) as platform,
    max(platform) as last_platform
from {rows}
where session_id is not null and event_type in {browsing_types}
group by session_id, visitor_id
