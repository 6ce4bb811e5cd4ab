-- Findings: orders whose every line the same visitor had bought seconds before under
-- another order id. A hurried person may mean it, so they are noted. A buyer who
-- writes the same line at three times of one day buys for several branches.
--
-- {rows}    the events left, columns of a purchase
-- {is_same_line} that later and earlier are one line of a visitor, but for its order
-- {line}    columns that make a line of an order, with the visitor
-- {order_us} between two such orders, at most, µs
with
    lines as materialized(
        select *
        from {rows}
        where
            event_type = 'purchase' and order_id is not null and product_id is not null
    ),
    repeated as (
        select distinct
            later.import_id,
            later.line,
            later.order_id,
            later.visitor_id,
            later.product_id,
            divide(later.occurred_at_us, 86400000000) as day,
            min(
                struct_pack(
                    at_us := earlier.occurred_at_us,
                    order_id := earlier.order_id,
                    kept := earlier.import_id || ':' || earlier.line
                )
            ) as original
        from lines as later
        join
            lines as earlier
            on {is_same_line}
            and earlier.order_id <> later.order_id
            and (earlier.occurred_at_us, earlier.received_at_us, earlier.order_id)
            < (later.occurred_at_us, later.received_at_us, later.order_id)
            and earlier.occurred_at_us >= later.occurred_at_us - {order_us}
        group by all
    ),
    whole as (
        select visitor_id, order_id
        from lines
        semi join repeated using (visitor_id, order_id)
        left join repeated as r using (import_id, line)
        group by visitor_id, order_id
        having count(*) = count(r.original)
    ),
    branches as (
        select visitor_id, product_id, divide(occurred_at_us, 86400000000) as day
        from lines
        semi join repeated using (visitor_id, product_id)
        group by {line}, day
        having
            count(distinct divide(occurred_at_us, 2 * {order_us})) >= 3
            and count(distinct order_id) >= 3
    )
select
    import_id,
    line,
    'repeated_order_line' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                order_id := order_id,
                of_order := original.order_id,
                kept := original.kept
            )
        ) as varchar
    ) as detail
from repeated
semi join whole using (visitor_id, order_id)
where
    (visitor_id, product_id, day)
    not in (select (visitor_id, product_id, day) from branches)
