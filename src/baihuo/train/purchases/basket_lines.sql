-- Events of one type of known products, oldest first, with the basket that each
-- belongs to: an order, else a session, else one visitor's day.
-- Tables: events, products (clean).
-- {event_type} the type of event that fills a basket
select
    e.visitor_id,
    e.product_id,
    e.received_at_us,
    coalesce(
        e.order_id,
        e.session_id,
        e.visitor_id || '/' || (divide(e.received_at_us, 86400000000))
    ) as basket,
    coalesce(e.quantity, 1) as quantity,
    e.price_minor
from events as e
join products as p on e.product_id = p.product_id
where e.event_type = '{event_type}'
order by e.received_at_us, e.event_id
