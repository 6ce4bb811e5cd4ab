-- Events that can count for a feature, with codes for texts; at_us is the time of
-- receipt.
-- Tables: events; visitors, products and queries (the codes of each).
-- {kind_of_event} WHEN branches: the number of each event type
-- {is_in_reach}   whether an event of the log can count for any example
with
    reached as (
        select *, case {kind_of_event} end as kind from events where {is_in_reach}
    )
select
    e.received_at_us as at_us,
    cast(e.kind as tinyint) as kind,
    v.visitor,
    p.product,
    p.brand,
    p.category,
    q.query,
    cast(e.price_minor as double) as price_minor,
    cast(e.quantity as double) as quantity,
    cast(e.dwell_ms as double) as dwell_ms
from reached as e
left join visitors as v on e.visitor_id = v.visitor_id
left join products as p on e.product_id = p.product_id
left join queries as q on e.query_text = q.query_text
