-- Findings: products of which one variant has another value than the product and all
-- its other variants, for an attribute that variants of its category do not vary in.
--
-- Shoes vary in size and have one colour: one size in another colour is a slip. Where
-- variants are made for colours, a product may show one of them, and nothing is said.
--
-- {rows}      the products left, with variants (JSON) and category
-- {key}       the folded name of v.entry.key, equal for all synonyms of one name
-- {min_rows}  products of a category with the attribute in themselves and in variants
-- {min_share} of them whose variants all have the product's value, 0 to 1
with
    variant_forms as (
        select
            import_id,
            line,
            category,
            variant_no,
            unnest(
                map_entries(try_cast(variant -> 'attributes' as map(varchar, json)))
            ) as entry
        from
            (
                select
                    import_id,
                    line,
                    category,
                    unnest(json_extract(variants, '$[*]')) as variant,
                    generate_subscripts(json_extract(variants, '$[*]'), 1) as variant_no
                from {rows}
                where length(variants) > 2 and json_valid(variants)
            )
    ),
    compared as (
        select
            v.import_id,
            v.line,
            v.category,
            {key} as key,
            any_value(s.name) as name,
            any_value(s.value) as value,
            count(*) as n_variants,
            count(*) filter (
                lower(trim(v.entry.value ->> '$')) = lower(trim(s.value))
            ) as n_equal,
            list_sort(list_distinct(list(left(v.entry.value ->> '$', 100)))) as offered
        from variant_forms as v
        join
            attribute_values as s
            on s.import_id = v.import_id
            and s.line = v.line
            and s.key = {key}
        group by v.import_id, v.line, v.category, {key}
    ),
    fixed as (
        select category, key
        from compared
        group by category, key
        having
            count(*) >= {min_rows}
            and count(*) filter (n_equal = n_variants) >= {min_share} * count(*)
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
                name := name,
                product := left(value, 100),
                variants := offered[:10]
            )
        ) as varchar
    ) as detail
from compared
semi join fixed using (category, key)
where n_equal > 0 and n_equal < n_variants
