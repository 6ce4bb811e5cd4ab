-- TODO: what its rows are
-- {any_han}
-- {han}
-- {max_words}
-- {rows}
-- {text}
-- {word}
select
    * exclude (
        title_en,
        title_zh,
        description_en,
        description_zh,
        brand,
        attributes,
        runs,
        named
    ),
    list_distinct(
        flatten(
            [
                [r for r in runs if not regexp_matches(r, '{han}')],
                [
                    runs[i] || ' ' || runs[i + 1] for i in range(1, len(runs))
                    if not regexp_matches(runs[i] || runs[i + 1], '{any_han}')
                ],
                flatten(
                    [
                        [substr(r, i, 2) for i in range(1, greatest(length(r), 2))]
                        for r in runs if regexp_matches(r, '{han}')
                    ]
                ),
                [case when brand is not null then 'brand:' || lower(brand) end],
                ['has:' || lower(e.key) for e in named],
                [
                    lower(e.key || '=' || e.value) for e in named
                    if length(e.value) between 3 and 24 and left(e.value, 1) = '"'
                ]
            ]
        )
    ) as words
from
    (
        select
            *,
            regexp_extract_all({text}, '{word}')[: {max_words}] as runs,
            case
                when json_valid(attributes) and json_type(attributes) = 'OBJECT'
                then map_entries(cast(json(attributes) as map(varchar, json)))
                else []
            end as named
        from ({rows})
    )
