-- TODO: what its rows are
-- {min_rows}
-- {rows}
-- {unpriced}
union all
select
    product_id, currency, median(ln(price_minor)) as middle, mad(ln(price_minor)) as mad
from {rows}
semi join (select product_id from products where {unpriced}) using (product_id)
where price_minor > 0 and product_id not in (select product_id from middles)
group by product_id, currency
having count(*) >= {min_rows}
