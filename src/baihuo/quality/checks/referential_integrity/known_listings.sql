-- the clean catalogue, titles as they came (events were sent with those), and what
-- merged listings were
-- called, under the id of the one they went into
select product_id, codes, model, title_en, title_zh, variants
from products
union all
select product_id, null, null, title_en, title_zh, null
from raw_products
where product_id in (select product_id from products)
union all
select canonical_id, codes, model, title_en, title_zh, variants
from raw_products
join merged using (product_id)
where canonical_id in (select product_id from products)
