-- TODO: what its rows are
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
from stuffed
join judged using (text, brand)
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
from stuffed
join judged using (text, brand)
where is_stuffed
