-- Findings: English titles in another language of Latin letters, by its little words,
-- and Chinese titles in traditional letters among simplified ones: two, or one where
-- other titles all have one simplified letter between the same two. Where more than a
-- few
-- titles are so, it is how the shop writes.
--
-- {rows}        products: title_en, title_zh
-- {any_word}    RE2 of a little word of any of the languages, in lower case
-- {scores}      a list of structs (language, n): how many of its words are in words
-- {n_english}   how many English ones
-- {min_words}   different words of one language
-- {traditional} RE2 of a letter that only traditional Chinese has
-- {simplified}  RE2 of a letter that only simplified Chinese has
-- {usual}       RE2 of a letter in daily use in either
-- {most_single} titles with one such letter that are looked at
-- {min_others}  titles that have one other letter in its place
-- {max_share}   of the titles of a language, 0 to 1
-- {min_usual}   titles, before they can be how a shop writes
with
    counted as (
        select
            import_id,
            line,
            title_en,
            {n_english} as n_english,
            list_reduce({scores}, lambda best, s:if(s.n > best.n, s, best)) as best
        from
            (
                select
                    import_id,
                    line,
                    title_en,
                    list_distinct(regexp_extract_all(lower(title_en), '\pL+')) as words
                from {rows}
                where regexp_matches(lower(title_en), '{any_word}')
            )
    ),
    single as materialized(  -- one such letter, with the letters beside it
        select
            *,
            regexp_extract(
                title_zh, '(\pL)({traditional})(\pL)', ['before', 'letter', 'behind']
            ) as around
        from {rows}
        where
            regexp_matches(title_zh, '\pL{traditional}\pL')
            and not regexp_matches(title_zh, '{traditional}.*{traditional}')
        limit {most_single}  -- so many, and the shop writes so
    ),
    found as (
        select
            import_id,
            line,
            'title_en' as field,
            title_en as text,
            best.language as found
        from counted
        where best.n >= {min_words} and best.n > n_english
        union all
        select import_id, line, 'title_zh', title_zh, 'traditional letters'
        from {rows}
        where
            regexp_matches(title_zh, '{traditional}.*{traditional}')
            -- text in a wrong encoding is of letters that hardly anybody writes
            and 5 * length(regexp_replace(title_zh, '{usual}|[^一-鿿]', '', 'g'))
            <= length(regexp_replace(title_zh, '[^一-鿿]', '', 'g'))
        union all
        select import_id, line, 'title_zh', title_zh, 'traditional letters'
        from single
        where
            (
                select max(n) >= {min_others} and max(n) >= 0.9 * sum(n)
                from
                    (
                        select
                            regexp_extract(
                                others.title_zh,
                                around.before || '(.)' || around.behind,
                                1
                            ) as letter,
                            count(*) as n
                        from {rows} as others
                        where
                            others.title_zh
                            like '%' || around.before || '_' || around.behind || '%'
                            and not contains(others.title_zh, around.letter)
                        group by letter
                        having regexp_matches(letter, '{simplified}')
                    )
            )
    )
select
    import_id,
    line,
    'wrong_language' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(field := field, text := left(text, 300), found := found)
        ) as varchar
    ) as detail
from found
where
    (
        select count(*)
        from found as f
        where f.field = found.field and f.found = found.found
    ) <= greatest(
        {min_usual},
        {max_share} * (
            select if(found.field = 'title_en', count(title_en), count(title_zh))
            from {rows}
        )
    )
