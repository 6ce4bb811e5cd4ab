-- Findings: orders of one product by one visitor, very many within an hour. A till that
-- sells everything under one id orders other things between.
--
-- {min_orders} of one product within the window
-- {window_us}  how long it may take, µs
-- {min_share}  of the visitor's orders of that day
with
    orders as (
        select
            visitor_id,
            product_id,
            day,
            order_id,
            min(occurred_at_us) as at_us,
            count(*) over (partition by visitor_id, product_id, day) as n_orders
        from hoarding_rows
        where
            event_type = 'purchase'
            and order_id is not null
            and n_order_lines >= {min_orders}
        group by visitor_id, product_id, day, order_id
    ),
    of_visitors as (
        select visitor_id, day, count(distinct order_id) as n_all
        from hoarding_rows
        where event_type = 'purchase' and n_order_lines >= {min_orders}
        group by visitor_id, day
    ),
    starts as (
        select
            o.*,
            lead(at_us, {min_orders} - 1) over (
                partition by o.visitor_id, product_id, o.day order by at_us, order_id
            )
            - at_us
            <= {window_us} as is_start
        from orders as o
        join of_visitors as v on v.visitor_id = o.visitor_id and v.day = o.day
        where n_orders >= {min_orders} and n_orders >= {min_share} * n_all
    ),
    dense as (
        select
            visitor_id,
            product_id,
            day,
            order_id,
            n_orders,
            bool_or(coalesce(is_start, false)) over (
                partition by visitor_id, product_id, day
                order by at_us range between {window_us} preceding and current row
            ) as is_dense
        from starts
    )
select
    r.import_id,
    r.line,
    'scalping' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                visitor_id := r.visitor_id,
                product_id := r.product_id,
                orders := d.n_orders
            )
        ) as varchar
    ) as detail
from hoarding_rows as r
join
    dense as d
    on d.visitor_id = r.visitor_id
    and d.product_id = r.product_id
    and d.day = r.day
    and d.order_id = r.order_id
where r.event_type = 'purchase' and d.is_dense
