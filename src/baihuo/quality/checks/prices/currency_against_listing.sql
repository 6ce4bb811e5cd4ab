-- Events with a price in another currency than their product's listing, in a shop that
-- sells in one, of visitors who pay in the listing's, too: a row for the currency and
-- one for the price. Not of products with most of their events in the other currency.
-- {rows}      events: visitor_id, product_id, price_minor, currency
-- {max_share} of all events with a price: more is a shop of several currencies
with
    priced as materialized(
        select r.*, p.currency as listed, r.currency <> p.currency as is_other
        from {rows} as r
        join products as p on p.product_id = r.product_id and p.currency is not null
        where r.price_minor > 0 and r.currency is not null
    ),
    judged as (
        select
            *,
            bool_and(is_other) over (partition by visitor_id) as is_foreigner,
            avg(is_other::int) over (partition by product_id) > 0.5 as is_listing_wrong
        from priced
    )
select
    import_id,
    line,
    field,
    struct_pack(
        field := field,
        old := case
            field when 'currency' then currency else cast(price_minor as varchar)
        end,
        listed := listed
    ) as detail
from judged
cross join (select unnest(['currency', 'price_minor']) as field)
where
    is_other
    and not is_foreigner
    and not is_listing_wrong
    and (select avg(is_other::int) from priced) <= {max_share}
