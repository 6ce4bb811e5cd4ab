-- Outcomes without a query id on surfaces whose pages have one.
--
-- {rows} the events left
with surfaces as (select distinct surface from page_profiles)
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
where
    query_id is null
    and product_id is not null
    and event_type in ('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'purchase')
