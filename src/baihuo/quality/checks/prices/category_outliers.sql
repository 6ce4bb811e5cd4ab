-- Listings at the end of their group's prices and far from its median: import_id,
-- line, product_id, currency, price_minor, price_group,
-- nth_last (1: the dearest of the group).
-- {prices_by_category} a SELECT of listings with price_group
-- {tail_share}         of a group at each end: only there is a price an outlier, 0 to 1
-- {small_tail}         listings at each end of a small group, of which {small_share} at
-- most: a few slips are more than that share of a few listings
-- {small_share}        0 to 1
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
            greatest(
                {tail_share} * count(*), least({small_tail}, {small_share} * count(*))
            ) as n_tail
        from priced
        group by price_group, currency
    ),
    ranked as (
        select
            *,
            row_number() over (
                partition by price_group, currency
                order by log_price, product_id, import_id, line
            ) as nth,
            row_number() over (
                partition by price_group, currency
                order by log_price desc, product_id, import_id, line
            ) as nth_last
        from priced
    )
select import_id, line, product_id, p.currency, price_minor, p.price_group, nth_last
from ranked as p
join
    groups as g
    on g.price_group = p.price_group
    and g.currency is not distinct from p.currency
where abs(log_price - median_log) > ln({min_ratio}) and least(nth, nth_last) <= n_tail
order by import_id, line
