-- Findings: products of which two variants that differ have one id.
--
-- {rows} the products left, with variants (JSON)
with
    ids as (
        select
            import_id,
            line,
            json_extract_string(variants, '$[*].variant_id') as ids,
            json_extract_string(variants, '$[*].attributes') as values_of
        from {rows}
        where length(variants) > 2 and json_valid(variants)
    ),
    repeated as (
        select import_id, line, unnest(ids) as variant_id, unnest(values_of) as value_of
        from ids
        where len(list_distinct(ids)) < list_count(ids)
    ),
    twice as (
        select import_id, line, variant_id
        from repeated
        where variant_id <> ''
        group by import_id, line, variant_id
        having count(distinct value_of) > 1
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
                repeated_ids := list(left(variant_id, 100) order by variant_id)[:5]
            )
        ) as varchar
    ) as detail
from twice
group by import_id, line
