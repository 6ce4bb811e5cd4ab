-- Findings: texts with a field of a template that was not filled in, noted.
--
-- {rows}     products: the field
-- {field}    the text that is judged
-- {template} RE2 of such a field
select
    import_id,
    line,
    'boilerplate' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{field}',
                text := left({field}, 500),
                unfilled := left(regexp_extract({field}, '{template}'), 100)
            )
        ) as varchar
    ) as detail
from {rows}
where regexp_matches({field}, '{template}')
