-- Products whose stock is not that of their variants together, in a shop
-- where it is in nearly all listings.
--
-- {rows}      the products left, with stock_units and variants (JSON)
-- {min_rows}  products with both, before they say how the shop counts
-- {min_share} of them, whose stock is that of their variants, 0 to 1
with
    stocks as (
        select
            import_id,
            line,
            stock_units,
            list_sum(
                list_transform(
                    json_extract_string(variants, '$[*].stock_units'),
                    lambda units:try_cast(units as bigint)
                )
            ) as of_variants
        from {rows}
        where stock_units is not null and length(variants) > 2 and json_valid(variants)
    ),
    shop as (
        select count(*) as n, avg(cast(stock_units = of_variants as double)) as share
        from stocks
        where of_variants is not null
    )
select
    import_id,
    line,
    struct_pack(
        field := 'variants',
        name := 'stock_units',
        product := stock_units,
        variants := of_variants
    ) as detail
from stocks, shop
where stock_units <> of_variants and n >= {min_rows} and share >= {min_share}
