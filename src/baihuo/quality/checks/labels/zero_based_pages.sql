-- Impressions of pages that count positions from 0: import_id, line, query_id, position
-- (as it was sent). Such a page has every position from 0 on, and 0 was seen first.
-- {rows} the events left
with
    impressions as (
        select
            r.* replace (
                case when z.line is not null then 0 else r.position end as position
            )
        from {rows} as r
        left join zero_positions as z using (import_id, line)
        where
            event_type = 'impression'
            and r.query_id in (select query_id from zero_positions)
    ),
    zero_based as (
        select query_id
        from impressions
        group by query_id
        having
            count(position) = count(*)
            and count(distinct position) = max(position) + 1
            and count(distinct product_id) > 1
            and max(occurred_at_us) filter (position = 0)
            < min(occurred_at_us) filter (position > 0)
    )
select import_id, line, query_id, position
from impressions
semi join zero_based using (query_id)
