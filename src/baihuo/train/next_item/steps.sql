-- Known products that visitors turned to, in the order in which we received the
-- events; what comes
-- twice without another between counts once.
-- Tables: events, products (clean).
select e.visitor_id, e.product_id, e.received_at_us
from events as e
join products as p on e.product_id = p.product_id
where e.event_type in ('click', 'add_to_cart', 'purchase')
qualify
    e.product_id is distinct from lag(e.product_id) over (
        partition by e.visitor_id order by e.received_at_us, e.event_id
    )
order by e.visitor_id, e.received_at_us, e.event_id
