-- Purchases of which as many units were cancelled within the window under another
-- order id.
-- {window_us} attribution window, µs
with
    cancels as (
        select
            visitor_id,
            product_id,
            units,
            order_id as by_order,
            occurred_at_us as cancelled_us
        from purchases_and_reviews
        where event_type = 'cancel'
    )
select
    import_id,
    line,
    struct_pack(
        order_id := any_value(order_id),
        by_order := min(by_order),
        units := any_value(units),
        after_minutes := round(min(cancelled_us - occurred_at_us) / 6e7, 1)
    ) as detail
from purchases_and_reviews
join cancels using (visitor_id, product_id, units)
where
    event_type = 'purchase'
    and cancelled_us between occurred_at_us and occurred_at_us + {window_us}
    and coalesce(order_id <> by_order, true)
group by import_id, line
