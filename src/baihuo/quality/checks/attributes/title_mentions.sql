-- Known values of products, with the values of the same attribute that their title
-- names: import_id, line, scope, key, name, held, mentioned_values. A row per
-- language of a title that names any. One to three words in a row are looked up,
-- of Chinese two or three characters (code points above 11904).
--
-- {rows} the products left, with title_en and title_zh
-- {tokens} the words of a title: Chinese runs, and words of other scripts
with
    titles as (
        select import_id, line, language, {tokens} as tokens
        from (unpivot {rows} on title_en, title_zh into name language value title)
    ),
    grams as (
        select
            import_id,
            line,
            language,
            unnest(
                list_distinct(
                    flatten(
                        [
                            tokens,
                            [
                                tokens[i] || ' ' || tokens[i + 1] for i
                                in range(1, len(tokens))
                            ],
                            [
                                tokens[i]
                                || ' '
                                || tokens[i + 1]
                                || ' '
                                || tokens[i + 2] for i
                                in range(1, len(tokens) - 1)
                            ],
                            flatten(
                                [
                                    [
                                        substr(token, i, 2) for i
                                        in range(1, length(token))
                                    ] for token
                                    in tokens if ascii(token)
                                    > 11904
                                ]
                            ),
                            flatten(
                                [
                                    [
                                        substr(token, i, 3) for i
                                        in range(1, length(token) - 1)
                                    ] for token
                                    in tokens if ascii(token)
                                    > 11904
                                ]
                            )
                        ]
                    )
                )
            ) as spelling
        from titles
    ),
    hits as (
        select import_id, line, language, spelling
        from grams
        semi join value_spellings using (spelling)
    )
select
    f.import_id,
    f.line,
    f.scope,
    f.key,
    any_value(f.name) as name,
    f.value as held,
    list_sort(list(distinct value_spellings.value)) as mentioned_values
from hits
join known_values as f using (import_id, line)
join
    value_spellings
    on value_spellings.scope = f.scope
    and value_spellings.key = f.key
    and value_spellings.spelling = hits.spelling
group by f.import_id, f.line, hits.language, f.scope, f.key, f.value
