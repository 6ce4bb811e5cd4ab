-- Lines of an order id that several visitors bought under, in a log where nearly every
-- order is of one: import_id, line, order_id, n_visitors.
-- {rows}      the events left: event_type, visitor_id, order_id
-- {max_share} of orders, of several visitors: more, and ids of orders are not unique
with
    lines as (
        select import_id, line, order_id, visitor_id
        from {rows}
        where event_type = 'purchase' and order_id is not null
    ),
    orders as (
        select order_id, count(distinct visitor_id) as n_visitors
        from lines
        group by order_id
    ),
    shared as (
        select *
        from orders
        where
            n_visitors > 1
            and (select count(*) filter (n_visitors > 1) from orders)
            <= {max_share} * (select count(*) from orders)
    )
select import_id, line, order_id, n_visitors
from lines
join shared using (order_id)
