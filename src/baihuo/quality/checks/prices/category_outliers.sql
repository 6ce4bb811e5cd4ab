-- Listings at the end of their group's prices and far from its median: import_id,
-- line, product_id, currency, price_minor.
-- {prices_by_category} a SELECT of listings with price_group
-- {tail_share}         of a group at each end: only there is a price an outlier, 0 to 1
-- {min_ratio}          many times dearer or cheaper than the median
with
    priced as materialized(
        select * from ({prices_by_category}) where price_group is not null
    ),
    groups as (
        select
            price_group,
            currency,
            median(log_price) as median_log,
            quantile_cont(log_price, {tail_share}) as low_log,
            quantile_cont(log_price, 1 - {tail_share}) as high_log
        from priced
        group by price_group, currency
    )
select import_id, line, product_id, p.currency, price_minor
from priced as p
join
    groups as g
    on g.price_group = p.price_group
    and g.currency is not distinct from p.currency
where
    abs(log_price - median_log) > ln({min_ratio})
    and (log_price < low_log or log_price > high_log)
order by import_id, line
