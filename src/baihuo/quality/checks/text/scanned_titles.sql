-- Findings: titles with two words or more that hardly any other title has, and that
-- are common words of the shop once letters that look alike are one (0 and o, 1 and l,
-- rn and m): read by a scanner.
--
-- {rows}       products: title_en
-- {min_common} titles that have a word
-- {max_seldom} titles that may have a word as the scanner read it
-- {max_seldom_share} of the titles with the common word, that may: more counts
with
    words as materialized(
        select import_id, line, unnest(list_distinct(words)) as word
        from
            (
                select
                    import_id,
                    line,
                    regexp_extract_all(lower(title_en), '[a-z0-9]{3,20}') as words
                from {rows}
                where title_en <> ''
            )
    ),
    counts as materialized(
        select
            word,
            n,
            replace(
                translate(replace(word, 'rn', 'm'), '01i589c', 'ollsbge'), 'vv', 'w'
            ) as looks
        from (select word, count(*) as n from words group by word)
        where regexp_matches(word, '[a-z]')
    ),
    common as (
        select looks, arg_max(word, n) as word, max(n) as n
        from counts
        where n >= {min_common} and not regexp_matches(word, '[0-9]')
        group by looks
    ),
    misread as (
        select counts.word, common.word as common_word
        from counts
        join common using (looks)
        where
            counts.n <= greatest({max_seldom}, {max_seldom_share} * common.n)
            and counts.word <> common.word
    )
select
    import_id,
    line,
    'unreadable_characters' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'title_en',
                text := left(any_value(title_en), 500),
                why := 'letters that a scanner took for others',
                found := string_agg(word || ': ' || common_word, ', ' order by word)
            )
        ) as varchar
    ) as detail
from words
join misread using (word)
join {rows} as titles using (import_id, line)
group by import_id, line
having count(*) >= 2
