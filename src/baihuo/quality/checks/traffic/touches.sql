-- Which products a visitor clicked, put into a cart or bought on a day: visitor_id,
-- product_id, day, and what is asked for of them.
-- {rows} events: event_type, visitor_id, product_id, occurred_at_us
-- {more} further columns of a visitor, product and day, or nothing
select visitor_id, product_id, divide(occurred_at_us, 86400000000) as day{more}
from {rows}
where
    event_type in ('click', 'ad_click', 'add_to_cart', 'purchase')
    and product_id is not null
    and visitor_id is not null
group by visitor_id, product_id, divide(occurred_at_us, 86400000000)
