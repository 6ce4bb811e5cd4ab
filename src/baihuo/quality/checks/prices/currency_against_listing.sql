-- Events with a price in another currency than their product's listing, in a shop that
-- sells in one: a row for the currency and one for the price. is_sure: the visitor pays
-- in the listing's, too. Who always pays in another is from abroad. In the shop's
-- usual currency the
-- listing is wrong.
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
            not bool_and(is_other) over (partition by visitor_id) as is_sure,
            count(*) over (partition by visitor_id) as n_of_visitor,
            mode(currency) over () as usual
        from priced
    )
select
    import_id,
    line,
    field,
    is_sure,
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
    and (is_sure or n_of_visitor < 3)
    and currency <> usual
    and (select avg(is_other::int) from priced) <= {max_share}
