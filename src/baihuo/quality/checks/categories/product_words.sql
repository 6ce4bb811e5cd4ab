-- Products with their words, a list without repeats: words and pairs of neighbours
-- of titles and descriptions, of Chinese pairs of characters, the brand, names of
-- attributes, and short text values. The columns they are made of are left out.
--
-- {rows} a SELECT of products with titles, descriptions, brand and attributes
-- (JSON)
-- {text} titles and beginnings of descriptions as one lower-case text
-- {word_pattern} regular expression of a word or a run of Chinese
-- {max_words} of one product; later ones are left out
select
    * exclude (
        title_en,
        title_zh,
        description_en,
        description_zh,
        brand,
        attributes,
        tokens,
        entries
    ),
    list_distinct(
        flatten(
            [
                [token for token in tokens if not regexp_matches(token, '^\p{Han}')],
                [
                    tokens[i] || ' ' || tokens[i + 1] for i in range(1, len(tokens))
                    if not regexp_matches(tokens[i] || tokens[i + 1], '\p{Han}')
                ],
                flatten(
                    [
                        [
                            substr(token, i, 2) for i
                            in range(1, greatest(length(token), 2))
                        ]
                        for token in tokens if regexp_matches(token, '^\p{Han}')
                    ]
                ),
                [case when brand is not null then 'brand:' || lower(brand) end],
                ['has:' || lower(entry.key) for entry in entries],
                [
                    lower(entry.key || '=' || entry.value) for entry in entries
                    if length(entry.value) between 3 and 24
                    and left(entry.value, 1) = '"'
                ]
            ]
        )
    ) as words
from
    (
        select
            *,
            regexp_extract_all({text}, '{word_pattern}')[: {max_words}] as tokens,
            case
                when json_valid(attributes) and json_type(attributes) = 'OBJECT'
                then map_entries(cast(json(attributes) as map(varchar, json)))
                else []
            end as entries
        from ({rows})
    )
