-- Findings: descriptions that are a dummy text or a note that the text will come,
-- left out.
--
-- {rows}      products: the field
-- {field}     the description that is judged
-- {dummy}     RE2 of dummy text
-- {to_come}   RE2 of a whole text that says that there is none yet
-- {max_bytes} a longer text says something
select
    import_id,
    line,
    'boilerplate' as rule,
    'repair' as action,
    '{field}' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{field}',
                old := left({field}, 500),
                new := cast(null as varchar),
                why := 'it describes nothing'
            )
        ) as varchar
    ) as detail
from {rows}
where
    regexp_matches({field}, '{dummy}')
    or (strlen({field}) <= {max_bytes} and regexp_matches({field}, '{to_come}'))
