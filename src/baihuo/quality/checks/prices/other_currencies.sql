-- Findings: events with a price in another currency than their product's listing, which
-- nearly all other events are in: currency and price left out where the visitor
-- also pays in the listing's or the number is the listing's, else noted.
--
-- Products are left alone where more than half of their events (two or more) say the
-- other currency: then the listing is wrong. Where that is the currency that the shop
-- is paid in, half of them do, even one: a listing in another is the odd one. Visitors
-- who only ever pay in another currency are left alone, too.
-- {rows}      events: visitor_id, product_id, price_minor, currency
-- {max_share} of all events with a price, in a currency not the listing's: more is a
-- shop of
-- several currencies
-- {same_number_share} the same of prices whose number is the listing's: no rate of
-- exchange is 1, so only a shop that has one number for two currencies has more
with
    priced as materialized(
        select
            r.import_id,
            r.line,
            r.visitor_id,
            r.product_id,
            r.price_minor,
            r.currency,
            p.currency as listed,
            least(
                abs(r.price_minor - p.price_minor),
                -- yen have no hundredths: 134 in yen stands for the number 134.00
                abs(100 * r.price_minor - p.price_minor),
                abs(r.price_minor - 100 * p.price_minor) / 100
            )
            <= 0.01 * p.price_minor as is_same_number
        from (select * from {rows} where price_minor > 0 and currency is not null) as r
        join products as p on p.product_id = r.product_id and p.currency is not null
    ),
    other as (select * from priced where currency <> listed),
    usual as (
        select currency as usual_currency
        from priced
        group by currency
        order by count(*) desc, currency
        limit 1
    ),
    of_products as (
        select
            product_id,
            2 * count(*) filter (currency <> listed) > count(*)
            and count(*) filter (currency <> listed) >= 2
            or 2 * count(*) filter (currency <> listed and currency = usual_currency)
            >= count(*) as is_listing_wrong
        from priced
        cross join usual
        where product_id in (select product_id from other)
        group by product_id
    ),
    shop as (
        select
            count(*) filter (is_same_number is not true)
            <= {max_share} * any_value(n) as is_of_one_currency,
            count(*) filter (is_same_number)
            <= {same_number_share} * any_value(n) as is_of_one_price
        from other
        semi join
            (select * from of_products where not is_listing_wrong) using (product_id)
        cross join (select count(*) as n from priced)
    ),
    visitors as (
        select
            visitor_id,
            count(*) filter (currency = listed) as n_listed,
            count(*) as n_priced
        from priced
        where visitor_id in (select visitor_id from other)
        group by visitor_id
    ),
    judged as (
        select
            other.*,
            coalesce(is_same_number, false) or n_listed > 0 as is_sure,
            n_listed = 0 and n_priced >= 3 as is_own
        from other
        join visitors using (visitor_id)
        join of_products using (product_id)
        cross join shop
        where
            case when is_same_number then is_of_one_price else is_of_one_currency end
            and not is_listing_wrong
    )
select
    import_id,
    line,
    'currency_against_listing' as rule,
    case when is_sure then 'repair' else 'note' end as action,
    case when is_sure then field end as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := field,
                old := case
                    field
                    when 'currency'
                    then currency
                    else cast(price_minor as varchar)
                end,
                listed := listed
            )
        ) as varchar
    ) as detail
from judged
cross join (select unnest(['currency', 'price_minor']) as field)
where not is_own and (is_sure or field = 'currency')
