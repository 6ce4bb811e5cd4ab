-- TODO: what its rows are
-- {log}
-- {shelved}
-- {tail}
-- {value}
with
    shelved as materialized(select * from ({shelved}) where shelf is not null),
    shelves as (
        select
            shelf,
            currency,
            median(log_price) as middle,
            quantile_cont(log_price, {tail}) as low,
            quantile_cont(log_price, {value}) as high
        from shelved
        group by shelf, currency
    )
select import_id, line, product_id, s.currency, price_minor
from shelved as s
join shelves as h on h.shelf = s.shelf and h.currency is not distinct from s.currency
where abs(log_price - middle) > {log} and (log_price < low or log_price > high)
order by import_id, line
