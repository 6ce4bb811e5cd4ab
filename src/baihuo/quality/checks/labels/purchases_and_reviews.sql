-- Purchases, cancels and reviews, so that the log is read once for the checks of them.
-- {rows} the events left
select
    import_id,
    line,
    event_type,
    visitor_id,
    product_id,
    order_id,
    occurred_at_us,
    coalesce(quantity, 1) as units,
    rating
from {rows}
where event_type in ('purchase', 'cancel', 'review') and product_id is not null
