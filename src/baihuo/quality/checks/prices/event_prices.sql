-- TODO: what its rows are
-- {all_sold}
-- {as_found}
-- {bulk_ratio}
-- {check}
-- {min_rows}
-- {rows}
-- {shown}
-- {value}
with
    sold as materialized({all_sold}),
    middles as materialized(
        select product_id, currency, median(log_price) as middle
        from sold
        group by product_id, currency
        having count(*) >= {min_rows}
    ),
    own as (
        select
            s.product_id,
            s.currency,
            any_value(middle) as middle,
            median(abs(log_price - middle)) as mad
        from sold as s
        join
            middles as m
            on m.product_id = s.product_id
            and m.currency is not distinct from s.currency
        group by s.product_id, s.currency {shown}
    ),
    off as (
        select
            r.*,
            o.middle is null as is_by_listing,
            case when o.middle is null then 0 else o.mad end as mad,
            ln(r.price_minor) - coalesce(
                o.middle, case when p.price_minor > 0 then ln(p.price_minor) end
            ) as off
        from (select * from {rows} where price_minor > 0) as r
        left join
            own as o
            on o.product_id = r.product_id
            and o.currency is not distinct from r.currency
        left join
            products as p
            on p.product_id = r.product_id
            and p.currency is not distinct from r.currency
    ),
    suspects as materialized(
        select *, coalesce(currency, '') as money
        from (select *, {check} as rule from off)
        where rule is not null
    ),
    by_listing as (
        select product_id, money, count(*) as n_far
        from suspects
        where is_by_listing
        group by all
        having count(*) > 1
    ),
    contradicted as (
        select product_id, money
        from by_listing
        join
            (
                select product_id, coalesce(currency, '') as money, count(*) as n
                from {rows}
                where
                    price_minor > 0
                    and product_id in (select product_id from by_listing)
                group by all
            ) using (product_id, money)
        where 2 * n_far > n
    ),
    cheap as (
        select *
        from suspects
        where
            rule = 'price_outlier'
            and off between {value} and 0
            and quantity >= {bulk_ratio}
    ),
    usual as (
        select
            product_id,
            coalesce(currency, '') as money,
            median(coalesce(quantity, 1)) as pieces
        from sold
        semi join cheap using (product_id)
        group by all
        having count(*) >= {min_rows}
    ),
    bulk as (
        select import_id, line
        from cheap
        left join usual using (product_id, money)
        where quantity >= {bulk_ratio} * coalesce(pieces, 1)
    ),
    sure as (
        select *
        from suspects as s
        anti join bulk using (import_id, line)
        where
            not is_by_listing
            or not exists (
                select 1
                from contradicted as c
                where c.product_id = s.product_id and c.money = s.money
            )
    )
    {as_found}
union all
select import_id, line, 'free_purchase', 'note', null, null, null
from {rows}
where event_type = 'purchase' and price_minor = 0
