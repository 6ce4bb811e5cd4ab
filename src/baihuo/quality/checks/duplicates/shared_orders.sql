-- Findings: lines of an order id that several visitors bought under, in a log where
-- nearly every order is of one.
--
-- {rows}      the events left: event_type, visitor_id, order_id
-- {max_share} of orders, of several visitors: more, and ids of orders are not unique
with
    orders as (
        select
            order_id,
            min(visitor_id) as first_visitor,
            count(distinct visitor_id) as n_visitors
        from {rows}
        where event_type = 'purchase' and order_id is not null
        group by order_id
    ),
    shared as (
        select order_id, n_visitors
        from orders
        where
            n_visitors > 1
            and (select count(*) filter (n_visitors > 1) from orders)
            <= {max_share} * (select count(*) from orders)
    )
select
    import_id,
    line,
    'shared_order_id' as rule,
    'note' as action,
    'order_id' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(field := 'order_id', old := order_id, n_visitors := n_visitors)
        ) as varchar
    ) as detail
from {rows}
join shared using (order_id)
where event_type = 'purchase'
