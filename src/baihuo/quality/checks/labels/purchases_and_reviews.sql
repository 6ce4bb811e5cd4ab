-- Purchases, cancels and reviews, so that the log is read once for the checks of them.
--
-- {rows} the events left
select
    import_id,
    line,
    event_type,
    visitor_id,
    product_id,
    order_id,
    occurred_at_us,
    received_at_us,
    quantity,
    rating
from {rows}
where event_type in ('purchase', 'cancel', 'review')
