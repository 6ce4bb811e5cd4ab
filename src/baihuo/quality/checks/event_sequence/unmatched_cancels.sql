-- Findings: cancels of more units than their visitor had left of the product by then,
-- or of the order that they name. What goes beyond that is cancelled from nothing (or
-- from before the log begins), so it takes no unit of a later purchase. A purchase
-- that was quarantined was still made: its cancels are not judged.
-- {rows} events: visitor_id, product_id, order_id, event_type, occurred_at_us, quantity
-- {earlier_purchases} a UNION with the purchases of earlier ranges of days, or nothing
-- {tolerance_us}      out of order by no more than this is in order, µs
-- {early_until_us} a cancel before this time may be of a purchase before the log began
-- {is_after_hole}  SQL of a cancel c that stands in a hole of purchases or after it
with
    cancels as (
        select
            import_id,
            line,
            visitor_id,
            product_id,
            order_id,
            occurred_at_us,
            - coalesce(quantity, 1) as units
        from {rows}
        where event_type = 'cancel'
    ),
    purchases as (
        select *
        from
            (
                select
                    import_id,
                    line,
                    visitor_id,
                    product_id,
                    order_id,
                    occurred_at_us,
                    coalesce(quantity, 1) as units
                from {rows}
                where event_type = 'purchase'{earlier_purchases}
            )
        semi join cancels using (visitor_id, product_id)
    ),
    moments as (
        select *, occurred_at_us as in_order_us
        from cancels
        union all
        select *, occurred_at_us - {tolerance_us}
        from purchases
    ),
    balances as (
        select
            *,
            sum(units) over of_product as n_left,
            sum(units) over of_order as n_left_of_order,
            sum(greatest(units, 0)) over of_product as n_bought,
            sum(greatest(units, 0)) over of_order as n_bought_of_order,
            sum(greatest(units, 0)) over whole_order as n_ever_bought_of_order,
            sum(- least(units, 0)) over of_product as n_cancelled,
            sum(- least(units, 0)) over of_order as n_cancelled_of_order
        from moments
        window
            whole_order as (partition by visitor_id, product_id, order_id),
            of_product as (
                partition by visitor_id, product_id
                order by in_order_us, units desc, import_id, line
                rows between unbounded preceding and current row
            ),
            of_order as (
                partition by visitor_id, product_id, order_id
                order by in_order_us, units desc, import_id, line
                rows between unbounded preceding and current row
            )
    ),
    judged as (
        select
            *,
            n_left < least(0, min(n_left) over before_of_product) as is_beyond,
            order_id is not null
            and n_ever_bought_of_order > 0  -- also of an order that only came later
            and n_left_of_order
            < least(0, min(n_left_of_order) over before_of_order) as is_beyond_order
        from balances
        window
            before_of_product as (
                partition by visitor_id, product_id
                order by in_order_us, units desc, import_id, line
                rows between unbounded preceding and 1 preceding
            ),
            before_of_order as (
                partition by visitor_id, product_id, order_id
                order by in_order_us, units desc, import_id, line
                rows between unbounded preceding and 1 preceding
            )
    ),
    counted as (
        select *, occurred_at_us < {early_until_us} or {is_after_hole} as is_early
        from judged as c
        where units < 0 and (is_beyond or is_beyond_order)
    )
select
    import_id,
    line,
    case
        when n_bought > 0
        then 'cancel_of_more_than_bought'
        when is_early
        then 'cancel_of_earlier_purchase'
        else 'cancel_without_purchase'
    end as rule,
    case when n_bought > 0 or is_early then 'note' else 'quarantine' end as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        case
            when is_beyond
            then to_json(struct_pack(bought := n_bought, cancelled := n_cancelled))
            else
                to_json(
                    struct_pack(
                        bought := n_bought_of_order,
                        cancelled := n_cancelled_of_order,
                        order_id := order_id
                    )
                )
        end as varchar
    ) as detail
from counted
where
    (visitor_id, product_id) not in (
        select (visitor_id, product_id)
        from unplaced_events
        where
            event_type = 'purchase'
            and visitor_id is not null
            and product_id is not null
    )
