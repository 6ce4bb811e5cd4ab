-- Notes: titles that end with three brands or more of other listings.
--
-- A brand that is a word of many other titles (Apple of vinegar, Sharp of knives) is
-- none.
--
-- {rows}       products: title_en, brand
-- {words}      RE2 of a word
-- {made_for}   RE2 of titles of what fits other makers' products
-- {min_titles} titles of a brand
-- {min_share}  of the titles with a brand's first word, that are of that brand, 0 to 1
with
    titles as materialized(
        select
            import_id,
            line,
            title_en,
            regexp_extract_all(lower(title_en), '{words}') as words,
            array_to_string(regexp_extract_all(lower(brand), '{words}'), ' ') as own
        from {rows}
        where title_en <> ''
    ),
    brands as materialized(
        select own as name, string_split(own, ' ')[1] as first_word
        from titles
        where length(own) >= 3
        group by own
        having count(*) >= {min_titles}
    ),
    words as (
        select import_id, line, word, string_split(own, ' ')[1] = word as is_own
        from
            (
                select import_id, line, own, unnest(list_distinct(words)) as word
                from titles
            )
        where word in (select first_word from brands)
    ),
    telling as (
        select word
        from words
        group by word
        having count(*) filter (is_own) >= {min_share} * count(*)
    ),
    candidates as materialized(
        select *
        from titles
        semi join
            (
                select import_id, line
                from words
                where not is_own and word in (select * from telling)
                group by import_id, line
                having count(*) >= 3
            ) using (import_id, line)
        where not regexp_matches(lower(title_en), '{made_for}')
    ),
    parts as (  -- of one word to three: what brands may be
        select import_id, line, title_en, own, words, i, n
        from (select *, unnest(range(1, len(words) + 1)) as i from candidates)
        cross join (values (1), (2), (3)) as sizes(n)
        where i + n - 1 <= len(words)
    ),
    named as materialized(
        select import_id, line, title_en, len(words) as n_words, i, n, name
        from parts
        join brands on name = array_to_string(words[i:i + n - 1], ' ')
        where name <> own and first_word in (select * from telling)
    )
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
                field := 'title_en',
                text := left(any_value(c.title_en), 500),
                why := 'it ends with the names of other brands',
                found := min(a.name || ', ' || b.name || ', ' || c.name)
            )
        ) as varchar
    ) as detail
from named as c
join named as b using (import_id, line)
join named as a using (import_id, line)
where
    c.i + c.n - 1 = c.n_words
    and b.i + b.n = c.i
    and a.i + a.n = b.i
    and a.name <> b.name
    and b.name <> c.name
    and a.name <> c.name
group by import_id, line
