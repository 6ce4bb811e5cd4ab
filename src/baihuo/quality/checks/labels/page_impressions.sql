-- The impressions of all pages that need a closer look.
--
-- {rows} the events left
select
    import_id, line, query_id, product_id, surface, platform, position, occurred_at_us
from {rows}
semi join
    (
        select query_id
        from zero_positions
        where event_type = 'impression'
        union all
        select query_id
        from suspect_pages
    ) using (query_id)
where event_type = 'impression' and query_id is not null and product_id is not null
