-- Findings: purchases of which as many units were cancelled within the window
-- under another order id.
--
-- {window_us} attribution window, µs
with
    cancels as (
        select
            visitor_id,
            product_id,
            order_id as cancel_order_id,
            occurred_at_us as cancelled_us,
            coalesce(quantity, 1) as n_cancelled
        from purchases_and_reviews
        where event_type = 'cancel' and product_id is not null
    ),
    bought as (
        select
            import_id,
            line,
            visitor_id,
            product_id,
            order_id,
            occurred_at_us,
            coalesce(quantity, 1) as quantity
        from purchases_and_reviews as r
        semi join cancels using (visitor_id, product_id)
        where event_type = 'purchase'
    )
select
    import_id,
    line,
    'purchase_taken_back' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                order_id := any_value(order_id),
                by_order := min(cancel_order_id),
                units := any_value(quantity),
                after_minutes
                := round(min(cancelled_us - occurred_at_us) / 60000000.0, 1)
            )
        ) as varchar
    ) as detail
from bought
join cancels using (visitor_id, product_id)
where
    n_cancelled = quantity
    and cancelled_us between occurred_at_us and occurred_at_us + {window_us}
    and (order_id is null or cancel_order_id is null or order_id <> cancel_order_id)
group by import_id, line
