-- Findings: purchases of which every unit was cancelled within the window, and
-- their cancels. Both go, so that sums of what is left stay right.
--
-- {window_us} attribution window, µs
-- {slack_us} that events of one client may arrive out of order, µs
with
    cancels as (
        select
            import_id,
            line,
            visitor_id,
            product_id,
            order_id,
            occurred_at_us,
            coalesce(quantity, 1) as quantity
        from purchases_and_reviews
        where event_type = 'cancel' and order_id is not null and product_id is not null
    ),
    bought as (
        select
            import_id,
            line,
            visitor_id,
            product_id,
            order_id,
            r.occurred_at_us,
            coalesce(quantity, 1) as quantity
        from purchases_and_reviews as r
        semi join cancels using (visitor_id, product_id, order_id)
        where event_type = 'purchase'
    ),
    orders as (
        select
            visitor_id,
            product_id,
            order_id,
            sum(quantity) as n_bought,
            min(occurred_at_us) as from_us,
            max(occurred_at_us) as until_us
        from bought
        group by visitor_id, product_id, order_id
    ),
    cancels_in_window as (
        select c.*, until_us, n_bought, c.occurred_at_us - from_us as after_us
        from cancels as c
        join orders using (visitor_id, product_id, order_id)
        where c.occurred_at_us between until_us - {slack_us} and from_us + {window_us}
    ),
    undone as (
        select
            visitor_id,
            product_id,
            order_id,
            any_value(n_bought) as n_bought,
            sum(quantity) as n_cancelled,
            max(after_us) as after_us
        from cancels_in_window
        group by visitor_id, product_id, order_id
        having sum(quantity) >= any_value(n_bought)
    ),
    both_sides as (
        select import_id, line, visitor_id, product_id, order_id
        from bought
        union all
        select import_id, line, visitor_id, product_id, order_id
        from cancels_in_window
    )
select
    import_id,
    line,
    'undone_purchase' as rule,
    'quarantine' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                order_id := order_id,
                bought := n_bought,
                cancelled := n_cancelled,
                after_minutes := round(after_us / 60000000.0, 1)
            )
        ) as varchar
    ) as detail
from both_sides
join undone using (visitor_id, product_id, order_id)
