-- Findings: variants whose id another product has, too; and listings whose stock is not
-- that of their variants together, where it nearly always is.
--
-- Of the products that share an id, the one is meant whose other variants begin like
-- it, or that has it in its own name; where that tells nothing, all are noted.
--
-- {rows}      the products left: product_id, stock_units, variants (JSON)
-- {max_share} of the products with variants, that share ids: more, and ids are names
-- of sizes, which say what they are within their product only
-- {min_rows}  listings with stock and with stock of all variants, before they are
-- evidence
-- {min_share} of them, whose stock is the sum
with
    products as materialized(
        select
            import_id,
            line,
            product_id,
            stock_units,
            json_extract_string(variants, '$[*].variant_id') as ids,
            try_cast(
                json_extract_string(variants, '$[*].stock_units') as bigint[]
            ) as units
        from {rows}
        where length(variants) > 2 and json_valid(variants)
    ),
    -- one product whose id comes in two spellings is no other product
    owners as (
        select distinct lower(trim(product_id)) as product_id, unnest(ids) as variant_id
        from products
    ),
    shared as materialized(
        select variant_id, count(*) as n
        from owners
        where length(variant_id) >= 3
        group by variant_id
        having count(*) > 1
    ),
    sharing as materialized(
        select
            p.import_id,
            p.line,
            p.product_id,
            s.variant_id,
            contains(s.variant_id, p.product_id)::integer as is_named,
            coalesce(
                list_min(
                    [
                        len(
                            list_filter(
                                range(1, length(s.variant_id) + 1),
                                lambda k:starts_with(sister, left(s.variant_id, k))
                            )
                        )
                        for sister in p.ids if sister <> s.variant_id
                    ]
                ),
                0
            ) as n_common
        from (select *, unnest(list_distinct(ids)) as variant_id from products) as p
        join shared as s using (variant_id)
    ),
    strange as (
        select *
        from sharing
        where
            (select count(distinct product_id) from sharing) <= greatest(
                2, {max_share} * (select count(distinct product_id) from products)
            )
        qualify
            (is_named, n_common)
            < max((is_named, n_common)) over (partition by variant_id)
            or min((is_named, n_common)) over (partition by variant_id)
            = max((is_named, n_common)) over (partition by variant_id)
    ),
    sums as (
        select import_id, line, stock_units, list_sum(units) as of_variants
        from products
        where
            stock_units is not null
            and len(units) >= 2
            and len(list_filter(units, lambda n:n is not null and n >= 0)) = len(units)
    ),
    habit as (
        select
            count(*) >= {min_rows}
            and count(*) filter (stock_units = of_variants)
            >= {min_share} * count(*) as is_sum
        from sums
    ),
    found as (
        select
            import_id,
            line,
            'variants' as field,
            'another product has a variant of this id' as why,
            min(variant_id) as holds,
            cast(null as bigint) as of_variants
        from strange
        group by import_id, line
        union all
        select
            import_id,
            line,
            'stock_units',
            'its stock is not that of its variants together, as others'' is',
            cast(stock_units as varchar),
            of_variants
        from sums
        where stock_units <> of_variants and (select is_sum from habit)
    )
select
    import_id,
    line,
    'variant_against_product' as rule,
    'note' as action,
    min(field) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := min(field),
                holds := left(min_by(holds, field), 100),
                of_variants := min(of_variants),
                why := min_by(why, field)
            )
        ) as varchar
    ) as detail
from found
group by import_id, line
