-- Findings: products of which two variants have equal attributes and other prices.
--
-- Where more products have such, variants differ in what no attribute says.
--
-- {rows} the products left, with variants (JSON)
-- {max_share} of the products with variants, that have two such
with
    priced as (
        select
            import_id,
            line,
            json_extract_string(variants, '$[*].variant_id') as ids,
            json_extract_string(variants, '$[*].attributes') as values_of,
            json_extract_string(variants, '$[*].price_minor') as prices
        from {rows}
        where length(variants) > 2 and json_valid(variants)
    ),
    repeated as (
        select
            import_id,
            line,
            unnest(ids) as variant_id,
            lower(unnest(values_of)) as value_of,
            unnest(prices) as price
        from priced
        where len(list_distinct(values_of)) < len(values_of)
    ),
    equal_variants as (
        select
            import_id, line, value_of, list(left(variant_id, 100) order by price) as ids
        from repeated
        where length(value_of) > 2
        group by import_id, line, value_of
        having count(distinct price) > 1
    ),
    by_product as (
        select import_id, line, first(ids order by value_of) as ids
        from equal_variants
        group by import_id, line
    )
select
    import_id,
    line,
    'variant_against_product' as rule,
    'note' as action,
    'variants' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'variants',
                equal := ids[:5],
                why := 'equal attributes, other prices'
            )
        ) as varchar
    ) as detail
from by_product
where
    (select count(*) from by_product) = 1
    or (select count(*) from by_product) <= {max_share} * (select count(*) from priced)
