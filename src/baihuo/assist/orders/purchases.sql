-- Purchases of the log as lines of orders, with the units of each that were cancelled.
-- Without an order_id, purchases of one visitor within one minute are one order.
with
    bought as (
        select
            visitor_id,
            coalesce(order_id, 'at-' || divide(occurred_at_us, 60000000)) as order_key,
            order_id is null as is_made,
            product_id,
            variant_id,
            price_minor,
            currency,
            greatest(1, least(coalesce(quantity, 1), 100)) as quantity,
            occurred_at_us
        from events
        where
            event_type = 'purchase'
            and product_id is not null
            and price_minor is not null
            and currency is not null
    ),
    cancelled as (
        select visitor_id, order_id, product_id, count(*) as n
        from events
        where event_type = 'cancel' and order_id is not null and product_id is not null
        group by all
    )
select b.*, coalesce(c.n, 0) > 0 as is_cancelled
from bought as b
left join
    cancelled as c
    on c.visitor_id = b.visitor_id
    and c.order_id = b.order_key
    and c.product_id = b.product_id
order by b.visitor_id, b.order_key, b.occurred_at_us, b.product_id, b.variant_id
