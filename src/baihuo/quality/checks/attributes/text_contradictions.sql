-- Findings: descriptions that name another brand or colour than the listing has, where
-- descriptions of the shop that name any name their own. Other words mean several
-- things: a notebook's text may say processor, a bag's metal.
--
-- Reads attribute_values, and description_contradictions, whose listings are left out.
-- The brand is an attribute here.
--
-- {rows}      products: brand, title_en, description_en
-- {pattern}   RE2 of all known values, in lower case, with hyphens about them: a word
-- of a compound (a brushed-metal buckle) is of a part
-- {min_rows}  texts that name a value of the attribute
-- {min_share} of them that name their own
-- {colours}   words for colours, quoted, with commas
-- {min_share_of_word} of the texts that name a value, whose listings have it
with
    descriptions as materialized(
        select
            import_id,
            line,
            lower(coalesce(title_en, '')) as title,
            list_filter(
                list_distinct(
                    regexp_extract_all(lower(left(description_en, 3000)), '{pattern}')
                ),
                lambda w: not starts_with(w, '-') and not ends_with(w, '-')
            ) as words
        from {rows}
        where description_en <> ''
    ),
    held as materialized(
        select
            import_id,
            line,
            key,
            any_value(name) as name,
            min(lower(trim(value))) as value
        from attribute_values
        where is_text and regexp_matches(value, '^[\p{L}&'' -]{3,30}$')
        group by import_id, line, key
        having count(*) = 1
        union all
        select import_id, line, 'brand', 'brand', lower(trim(brand))
        from {rows}
        where length(brand) >= 3
    ),
    known as materialized(
        select key, value from held group by key, value having count(*) >= 10
    ),
    mentions as materialized(
        select
            h.import_id,
            h.line,
            h.key,
            h.name,
            h.value,
            k.value as word,
            count(*) filter (k.value = h.value) over (partition by h.key, k.value)
            >= {min_share_of_word}
            * count(*) over (partition by h.key, k.value) as is_telling  -- processor is a kind, and in texts of all notebooks
        from (select import_id, line, unnest(words) as word from descriptions) as s
        join known as k on k.value = s.word
        join
            held as h on h.import_id = s.import_id and h.line = s.line and h.key = k.key
    ),
    named as materialized(
        select
            import_id,
            line,
            key,
            name,
            value,
            bool_or(word = value) as is_own,
            bool_and(is_telling) as is_telling,
            list_sort(list(distinct word)) as others
        from mentions
        group by import_id, line, key, name, value
    ),
    usual as (
        select key
        from named
        group by key
        having
            count(*) filter (is_own) >= {min_rows}
            and count(*) filter (is_own) >= {min_share} * count(*)
    )
select
    n.import_id,
    n.line,
    'description_of_another' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                attribute := min(n.name),
                holds := arg_min(n.value, n.name),
                description_says := arg_min(n.others[1], n.name)
            )
        ) as varchar
    ) as detail
from named as n
semi join usual using (key)
anti join description_contradictions using (import_id, line)
join descriptions as s using (import_id, line)
where
    not is_own
    and is_telling
    and (
        key = 'brand'
        or (
            regexp_extract(value, '[a-z]+$') in ({colours})
            and regexp_extract(others[1], '[a-z]+$') in ({colours})
        )
    )
    and not contains(s.title, others[1])
    and not contains(n.value, others[1])
    and not contains(others[1], n.value)
group by n.import_id, n.line
