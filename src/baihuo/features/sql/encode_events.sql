-- TODO: what its rows are
-- {kinds}
-- {matters}
with known as (select *, case {kinds} end as kind from e where {matters})
select
    e.received_at_us as t,
    cast(e.kind as tinyint) as kind,
    v.visitor,
    p.product,
    p.brand,
    p.category,
    q.query,
    cast(e.price_minor as double) as price_minor,
    cast(e.quantity as double) as quantity,
    cast(e.dwell_ms as double) as dwell_ms
from known as e
left join v on e.visitor_id = v.visitor_id
left join p on e.product_id = p.product_id
left join q on e.query_text = q.query_text
