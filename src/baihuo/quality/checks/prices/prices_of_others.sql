-- Findings: strange prices that are the listing of the product beside this one on its
-- page, or a listing times one factor, in events of several visitors: another currency.
-- A factor of whole percents is a sale, one of whole times a pack.
--
-- Reads pages: impressions of the pages (query_id, position, product_id), or none.
--
-- {min_rows}  events with one factor
-- {min_ratio} a smaller factor may be a sale, a tax or a customer's own price
with
    neighbours as (
        select s.import_id, s.line, min(p.product_id) as product_id
        from strange_prices as s
        join pages as i on i.query_id = s.query_id and abs(i.position - s.position) = 1
        join
            products as p
            on p.product_id = i.product_id
            and p.price_minor = s.price
            and p.currency is not distinct from s.currency
        where s.is_alone and i.product_id <> s.product_id
        group by all
    ),
    many_times as (
        select *, ln(price / listing) as log_ratio
        from strange_prices
        where abs(log_ratio) > ln({min_ratio})
    ),
    bins as (
        select round(log_ratio / 0.01) as bin, median(price / listing) as factor
        from many_times
        where is_alone
        group by bin
        having
            count(*) >= {min_rows}
            and count(distinct product_id) >= {min_rows} / 2
            and count(distinct visitor_id) >= {min_rows} / 2
    ),
    factors as (
        select min(factor) as factor, import_id, line
        from many_times
        join bins on abs(price - factor * listing) <= 1 + 0.0005 * factor * listing
        where
            case
                when factor < 1
                then abs(100 * factor - round(100 * factor)) > 0.02
                else abs(factor - round(factor)) > 0.002 * factor
            end
        group by import_id, line
    )
select
    import_id,
    line,
    'price_outlier' as rule,
    'note' as action,
    'price_minor' as field,
    cast(null as varchar) as new,
    cast(
        case
            when factor is not null
            then
                to_json(
                    struct_pack(
                        field := 'price_minor',
                        old := cast(price as varchar),
                        listed := listing,
                        several_are := 'the listing times ' || round(factor, 5)
                    )
                )
            else
                to_json(
                    struct_pack(
                        field := 'price_minor',
                        old := cast(price as varchar),
                        listed := listing,
                        listing_of := n.product_id
                    )
                )
        end as varchar
    ) as detail
from strange_prices as s
left join factors using (import_id, line)
left join neighbours as n using (import_id, line)
where factor is not null or n.product_id is not null
