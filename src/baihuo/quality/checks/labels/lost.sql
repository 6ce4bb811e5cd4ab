-- Outcomes without a query on surfaces whose pages have one.
-- {outcomes}
-- {rows}
with surfaces as (select distinct surface from pages_seen)
select
    import_id,
    line,
    event_type,
    visitor_id,
    session_id,
    product_id,
    surface,
    position,
    occurred_at_us
from {rows} as r
semi join surfaces using (surface)
where query_id is null and product_id is not null and event_type in {outcomes}
