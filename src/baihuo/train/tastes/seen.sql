-- What visitors saw and did: visitor_id, product_id, and how often each kind of event.
-- Tables: events (clean), visitors.
-- {sums} how often each kind of event
-- {since_us} only what was received then or later
-- {before_us} only what was received before
select events.visitor_id, events.product_id, {sums}
from events
join visitors on events.visitor_id = visitors.visitor_id
where
    events.product_id is not null
    and events.received_at_us >= {since_us}
    and events.received_at_us < {before_us}
    and events.event_type in ('impression', 'click', 'add_to_cart')
group by events.visitor_id, events.product_id
order by events.visitor_id, events.product_id
