-- Findings: products whose title names another value of an attribute than they hold.
--
-- A value in a title is trusted where it is the product's own value in most titles that
-- name it. It is no contradiction where titles rarely name the value that the product
-- holds ("mini PC 3L", "PC/workstation"; of a seldom value, those of the others), nor
-- where another attribute or the brand of
-- the
-- product has the named value (its other connector).
--
-- {rows} the products left, with brand, model and titles
-- {normalized_value} the column value in lower case, words with one space between
-- {normalized_brand} brand and model, likewise
-- {min_rows} products, titles that confirm a value before it is trusted
-- {min_agreement} of titles that name a value, the share whose product holds it, 0 to 1
-- {min_mention_share} of products that hold a value, the share whose title names it,
-- 0 to 1
-- {max_seldom_share} of the products with the attribute hold a value that is seldom
-- {min_named_share} of the products with the attribute, whose title names their value
with
    mentions as (
        select
            *,
            replace(held, ' ', '') as held_compact,
            replace(mentioned, ' ', '') as mentioned_compact,
            list_contains(mentioned_values, held) as is_held_mentioned
        from (select *, unnest(mentioned_values) as mentioned from title_mentions)
    ),
    compared as (
        select
            *,
            is_held_mentioned
            or held_compact = mentioned_compact
            or contains(' ' || held || ' ', ' ' || mentioned || ' ')
            or contains(' ' || mentioned || ' ', ' ' || held || ' ') as agrees
        from mentions
    ),
    trusted as (
        select scope, key, mentioned
        from compared
        group by scope, key, mentioned
        having
            count(*) filter (held = mentioned) >= {min_rows}
            and count(*) filter (held = mentioned)
            >= {min_agreement} * count(*) filter (held = mentioned or not agrees)
    ),
    usually_mentioned as (
        select scope, key, held
        from
            (
                select scope, key, held, count(distinct(import_id, line)) as n
                from title_mentions
                where list_contains(mentioned_values, held)
                group by scope, key, held
            ) as in_titles
        join
            (
                select scope, key, value as held, count(*) as n
                from known_values
                group by scope, key, held
            ) as in_attributes using (scope, key, held)
        where in_titles.n >= {min_mention_share} * in_attributes.n
        union all  -- a value that hardly any other of the department has: judged by the others
        select scope, key, held
        from
            (
                select scope, key, value as held, count(*) as n
                from known_values
                group by scope, key, held
            ) as seldom
        join
            (
                select scope, key, count(distinct(import_id, line)) as n
                from known_values
                group by scope, key
            ) as all_held using (scope, key)
        join
            (
                select scope, key, count(distinct(import_id, line)) as n
                from title_mentions
                where list_contains(mentioned_values, held)
                group by scope, key
            ) as all_named using (scope, key)
        where
            seldom.n <= {max_seldom_share} * all_held.n
            and scope <> ''  -- a brand of few products may be made for another's
            and not regexp_matches(held, '[0-9]')  -- 0.75 l and 750 ml: of the step units
            and all_named.n >= {min_named_share} * all_held.n
    ),
    candidates as materialized(
        select *
        from compared
        semi join trusted using (scope, key, mentioned)
        semi join usually_mentioned using (scope, key, held)
        where not agrees
    ),
    other_texts as (
        select import_id, line, key, {normalized_value} as value
        from attribute_values
        semi join candidates using (import_id, line)
        union all
        select import_id, line, 'brand', {normalized_brand}
        from {rows}
        semi join candidates using (import_id, line)
    ),
    explained as (
        select c.import_id, c.line, c.scope, c.key, c.mentioned
        from candidates as c
        join
            other_texts as t
            on t.import_id = c.import_id
            and t.line = c.line
            and t.key <> c.key
        where contains(replace(t.value, ' ', ''), c.mentioned_compact)
        union all  -- "lavender & white": that title says the product's value too
        select c.import_id, c.line, c.scope, c.key, c.mentioned
        from candidates as c
        join {rows} as r using (import_id, line)
        where
            (
                contains(  -- whole words: "women" does not say "men"
                    ' '
                    || regexp_replace(lower(r.title_en), '[^\p{L}\p{N}]+', ' ', 'g')
                    || ' ',
                    ' ' || c.held || ' '
                )
                and contains(lower(r.title_en), c.mentioned)
            )
            or (
                contains(lower(r.title_zh), c.held)
                and contains(lower(r.title_zh), c.mentioned)
            )
            or (  -- "white and colour ambience" names more colours than one
                regexp_matches(c.key, 'colou?r|颜色')
                and regexp_matches(
                    r.title_en,
                    '(?i)\b(?:(?:and|&|\+|full|multi)[ -]?colou?rs?|multicolou?red)\b'
                )
            )
    ),
    contradictions as (
        select *, key = 'brand' and scope = '' as is_brand
        from candidates
        anti join explained using (import_id, line, scope, key, mentioned)
    )
select
    import_id,
    line,
    case
        when is_brand then 'brand_against_title' else 'attribute_against_title'
    end as rule,
    'note' as action,
    case when is_brand then 'brand' else 'attributes' end as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := case when is_brand then 'brand' else min(name) end,
                holds := min(held),
                title_says := list_sort(list(distinct mentioned))
            )
        ) as varchar
    ) as detail
from contradictions
group by import_id, line, scope, key, is_brand
