-- Lines of an order of which every unit was cancelled within the window, and their
-- cancels: both go, so that sums of what is left stay right.
-- {window_us} attribution window, µs
-- {slack_us}  that events of one client may arrive out of order, µs
with
    orders as (
        select
            visitor_id,
            product_id,
            order_id,
            min(occurred_at_us) as from_us,
            max(occurred_at_us) as until_us
        from purchases_and_reviews
        where event_type = 'purchase' and order_id is not null
        group by visitor_id, product_id, order_id
    ),
    lines as (
        select
            *,
            sum(units) filter (event_type = 'purchase') over line_of_order as n_bought,
            sum(units) filter (event_type = 'cancel') over line_of_order as n_cancelled,
            max(occurred_at_us) over line_of_order - from_us as after_us
        from purchases_and_reviews
        join orders using (visitor_id, product_id, order_id)
        where
            event_type = 'purchase'
            or (
                event_type = 'cancel'
                and occurred_at_us
                between until_us - {slack_us} and from_us + {window_us}
            )
        window line_of_order as (partition by visitor_id, product_id, order_id)
    )
select
    import_id,
    line,
    struct_pack(
        order_id := order_id,
        bought := n_bought,
        cancelled := n_cancelled,
        after_minutes := round(after_us / 6e7, 1)
    ) as detail
from lines
where n_cancelled >= n_bought
