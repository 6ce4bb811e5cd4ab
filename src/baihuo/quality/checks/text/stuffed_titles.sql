-- Findings: titles that repeat themselves, repaired; titles that are lists of words,
-- noted.
select
    import_id,
    line,
    'repeated_words' as rule,
    'repair' as action,
    field,
    new,
    cast(
        to_json(struct_pack(field := field, old := text, new := new)) as varchar
    ) as detail
from titles
join scored using (text, brand)
where new <> text
union all
select
    import_id,
    line,
    'keyword_stuffing',
    'note',
    null,
    null,
    cast(
        to_json(
            struct_pack(
                field := field,
                text := left(text, 500),
                score := score,
                reasons := cast(reasons as json)
            )
        ) as varchar
    )
from titles
join scored using (text, brand)
where is_stuffed
