-- Findings: lines of an order id that several visitors bought under, in a log where
-- nearly every order is of one. Where three quarters of its lines are one visitor's,
-- the order is theirs, and the lines of the others are found. Lines of one id more than
-- a day apart, by both clocks, are two orders, too: which of them has the wrong id
-- nobody knows, so all are found.
--
-- {rows}      the events left: event_type, visitor_id, order_id, occurred_at_us,
-- received_at_us
-- {max_share} of orders, of several visitors: more, and ids of orders are not unique
-- {max_apart} of orders, with lines days apart: more, and orders stay open here
-- {apart_us}  an order is placed at once, or within hours; µs
with
    orders as (
        select
            order_id,
            min(visitor_id) <> max(visitor_id) as is_shared,
            max(occurred_at_us) - min(occurred_at_us) > {apart_us}
            and max(received_at_us) - min(received_at_us) > {apart_us} as is_apart
        from {rows}
        where event_type = 'purchase' and order_id is not null
        group by order_id
    ),
    shares as (
        select
            count(*) filter (is_shared) <= {max_share} * count(*) as is_of_one,
            count(*) filter (is_apart) <= {max_apart} * count(*) as is_at_once
        from orders
    ),
    shared as (
        select
            order_id,
            is_shared and is_of_one as is_shared,
            is_apart and is_at_once as is_apart
        from orders, shares
        where (is_shared and is_of_one) or (is_apart and is_at_once)
    ),
    lines as materialized(
        select
            import_id,
            line,
            order_id,
            visitor_id,
            is_shared,
            is_apart,
            round(
                (
                    max(occurred_at_us) over (partition by order_id)
                    - min(occurred_at_us) over (partition by order_id)
                )
                / 3.6e9,
                1
            ) as hours
        from {rows}
        join shared using (order_id)
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
        case
            when n_visitors > 1
            then
                to_json(
                    struct_pack(
                        field := 'order_id', old := order_id, n_visitors := n_visitors
                    )
                )
            else
                to_json(
                    struct_pack(
                        field := 'order_id', old := order_id, hours_apart := hours
                    )
                )
        end as varchar
    ) as detail
from owned
where is_apart or not has_owner or visitor_id <> owner
