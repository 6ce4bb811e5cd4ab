-- Examples with codes for texts, in their order.
-- Tables: numbered (the examples, i their order); visitors, products and queries (the
-- codes of each).
select n.i, n.example_id, n.at_us, v.visitor, p.product, p.brand, p.category, q.query
from numbered as n
left join visitors as v on n.visitor_id = v.visitor_id
left join products as p on n.product_id = p.product_id
left join queries as q on n.folded = q.folded
