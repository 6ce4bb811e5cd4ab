-- Products with a value of an attribute that none of their variants has.
--
-- {rows} the products left, with variants (JSON)
-- {key} the folded name of entry.key, equal for all synonyms of one name
with
    variant_forms as (
        select
            import_id,
            line,
            unnest(
                map_entries(try_cast(variant -> 'attributes' as map(varchar, json)))
            ) as entry
        from
            (
                select
                    import_id, line, unnest(json_extract(variants, '$[*]')) as variant
                from {rows}
                where length(variants) > 2 and json_valid(variants)
            )
    ),
    offered as (
        select
            import_id,
            line,
            {key} as key,
            list_distinct(list(lower(trim(entry.value ->> '$')))) as offered
        from variant_forms
        group by import_id, line, {key}
    )
select
    s.import_id,
    s.line,
    struct_pack(
        field := 'variants',
        name := s.name,
        product := left(s.value, 100),
        variants := list_sort(o.offered)[:10]
    ) as detail
from attribute_values as s
join offered as o using (import_id, line, key)
where not list_contains(o.offered, lower(trim(s.value)))
