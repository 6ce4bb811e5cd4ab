-- Findings: products that have one attribute under two spellings, with different
-- values.
select
    import_id,
    line,
    'attribute_said_twice' as rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'attributes',
                said := list(
                    struct_pack(name := name, value := left(value, 100)) order by name
                )
            )
        ) as varchar
    ) as detail
from attribute_values
semi join
    (select import_id, line, key from product_attributes where n_values > 1) using (
        import_id, line, key
    )
group by import_id, line, key
having
    count(*) > 1
    and count(
        distinct coalesce(
            cast(try_cast(value as double) as varchar), lower(trim(value))
        )
    )
    > 1
