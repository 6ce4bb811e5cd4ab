-- TODO: what its rows are
-- {none}
-- {window_us}
with
    cancels as (
        select
            visitor_id,
            product_id,
            order_id as by_order,
            occurred_at_us as back_us,
            coalesce(quantity, 1) as n_back
        from few
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
        from few as r
        semi join cancels using (visitor_id, product_id)
        where event_type = 'purchase'
    )
select
    import_id,
    line,
    'purchase_taken_back' as rule,
    'note' as action,
    {none} as field,
    {none} as new,
    cast(
        to_json(
            struct_pack(
                order_id := any_value(order_id),
                by_order := min(by_order),
                units := any_value(quantity),
                after_minutes := round(min(back_us - occurred_at_us) / 60000000.0, 1)
            )
        ) as varchar
    ) as detail
from bought
join cancels using (visitor_id, product_id)
where
    n_back = quantity
    and back_us between occurred_at_us and occurred_at_us + {window_us}
    and (order_id is null or by_order is null or order_id <> by_order)
group by import_id, line
