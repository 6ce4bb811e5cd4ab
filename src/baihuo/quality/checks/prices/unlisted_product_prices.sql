-- What a product costs that no listing has a price for and that was bought too seldom,
-- by all its events: product_id, currency, median_log, mad (of ln(price_minor)).
-- {rows}     events: product_id, currency, price_minor
-- {min_rows} events of a product before its usual price is known
select
    product_id,
    currency,
    median(ln(price_minor)) as median_log,
    mad(ln(price_minor)) as mad
from {rows}
semi join
    (
        select product_id from products where price_minor is null or price_minor <= 0
    ) using (product_id)
where price_minor > 0 and product_id not in (select product_id from medians)
group by product_id, currency
having count(*) >= {min_rows}
