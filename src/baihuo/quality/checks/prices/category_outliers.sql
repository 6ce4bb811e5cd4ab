-- Listings many times off the median of their group: import_id, line, product_id,
-- currency, price_minor, price_group.
-- {prices_by_category} a SELECT of listings with price_group
-- {min_ratio}          many times dearer or cheaper
select import_id, line, product_id, currency, price_minor, price_group
from
    (
        select
            *, median(log_price) over (partition by price_group, currency) as median_log
        from ({prices_by_category})
        where price_group is not null
    )
where abs(log_price - median_log) > ln({min_ratio})
order by import_id, line
