-- Findings: lines of an order id that several visitors bought under, in a log where
-- nearly every order is of one. Where three quarters of its lines are one visitor's,
-- the order is theirs, and the lines of the others are found.
--
-- {rows}      the events left: event_type, visitor_id, order_id
-- {max_share} of orders, of several visitors: more, and ids of orders are not unique
with
    orders as (
        select order_id, min(visitor_id) <> max(visitor_id) as is_shared
        from {rows}
        where event_type = 'purchase' and order_id is not null
        group by order_id
    ),
    shared as (
        select order_id
        from orders
        where
            is_shared
            and (select count(*) filter (is_shared) from orders)
            <= {max_share} * (select count(*) from orders)
    ),
    lines as materialized(
        select import_id, line, order_id, visitor_id
        from {rows}
        semi join shared using (order_id)
        where event_type = 'purchase'
    ),
    owners as (
        select
            order_id,
            mode(visitor_id) as owner,
            count(distinct visitor_id) as n_visitors,
            count(*) as n_lines
        from lines
        group by order_id
    ),
    owned as (
        select
            *,
            count(*) filter (visitor_id = owner) over (partition by order_id)
            >= 0.75 * n_lines as has_owner
        from lines
        join owners using (order_id)
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
from owned
where not has_owner or visitor_id <> owner
