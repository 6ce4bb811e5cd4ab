-- Events that can count for a feature, with codes for texts; at_us is the time of
-- receipt. An event that is something besides its type has a row for each.
-- Tables: events; visitors, products and queries (the codes of each).
-- {type_number}         the number of an event's type
-- {is_in_reach}         whether an event of the log can count for any example
-- {derived_number}      the number of what an event is besides
-- {is_derived_in_reach} whether it can count for any example as that
with
    reached as (
        select *, {type_number} as kind
        from events
        where {is_in_reach}
        union all
        select *, {derived_number} as kind
        from events
        where {is_derived_in_reach}
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
