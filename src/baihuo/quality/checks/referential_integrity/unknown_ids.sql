-- Product ids of events that the clean catalogue does not have: name and product_id,
-- both the id.
-- {rows} events: product_id
select distinct product_id as name, product_id
from {rows} as r
where
    product_id is not null
    and trim(product_id) <> ''
    and not exists (select 1 from products as p where p.product_id = r.product_id)
