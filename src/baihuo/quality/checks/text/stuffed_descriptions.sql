-- Findings: descriptions with a row of words that people search for, noted.
--
-- {rows}  products: the field
-- {field} the description that is judged
-- {row}   RE2 of such a row of words
select
    import_id,
    line,
    'keyword_stuffing' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{field}', text := left(regexp_extract({field}, '{row}'), 500)
            )
        ) as varchar
    ) as detail
from {rows}
where regexp_matches({field}, '{row}')
