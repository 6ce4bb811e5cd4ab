-- Candidates that their words contradict as well, and that no event says the price of;
-- is_sure: of a category, whose other prices are known.
-- {unit_slack} two prices within this factor agree
select
    import_id,
    line,
    'listing_price_outlier' as rule,
    price_group <> '' as is_sure,
    cast(null as bigint) as new,
    struct_pack(
        field := 'price_minor',
        old := cast(price_minor as varchar),
        new := cast(null as varchar),
        times_usual := round(exp(log_ratio), 3)
    ) as detail
from candidates as c
join far using (import_id, line)
anti join contradicted using (import_id, line)
where
    not exists (
        select 1
        from events as e
        where
            e.product_id = c.product_id
            and e.currency is not distinct from c.currency
            and e.price_minor > 0
            and abs(ln(e.price_minor / c.price_minor)) <= 2 * ln({unit_slack})
    )
