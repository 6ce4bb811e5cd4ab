-- Findings: products whose title names exactly one colour, which is another than they
-- have, where titles of their department name the colour that the product has.
--
-- Colours are compared by family (navy is a blue), so that few titles with each word
-- are enough: what all of a department's colours say together decides, and of each
-- word that it does not stand for something else there (green tea).
--
-- {rows}          the products left, with brand, model, title_en and title_zh
-- {department}    the first level of the category
-- {keys}          folded names of attributes that hold the colour of the whole product
-- {colours}       rows (word, family), in lower case; without a family: a colour of two
-- {pattern}       RE2 of all these words, the longest first
-- {alike}         rows (family, family) that people take for each other
-- {min_rows}      titles of a department that name one colour
-- {min_agreement} of them that name the product's, 0 to 1
-- {min_word}      titles that name the product's colour by a word of this family
-- {min_word_agreement} of them, 0 to 1
with
    colours(word, family) as (values {colours}),
    alike(one, other) as (values {alike}),
    held as (
        select
            import_id,
            line,
            {department} as scope,
            min(name) as name,
            min(value) as value,
            min(family) as family
        from attribute_values
        join colours on lower(trim(value)) = word
        where key in ({keys})
        group by import_id, line, {department}
        having count(distinct value) = 1 and count(family) = count(*)
    ),
    titled_colours as (
        select
            import_id,
            line,
            unnest(
                list_distinct(
                    regexp_extract_all(
                        lower(concat_ws(' ', title_en, title_zh)), '{pattern}'
                    )
                )
            ) as word
        from {rows}
        semi join held using (import_id, line)
    ),
    titles as (
        select
            import_id, line, min(family) as title_family, list_sort(list(word)) as words
        from titled_colours
        join colours using (word)
        group by import_id, line
        having count(distinct family) = 1 and count(family) = count(*)
    ),
    compared as (
        select
            *,
            family = title_family as agrees,
            exists (
                select 1 from alike where one = family and other = title_family
            ) as is_alike
        from held
        join titles using (import_id, line)
    ),
    departments as (
        select scope
        from compared
        group by scope
        having
            count(*) filter (agrees) >= {min_rows}
            and count(*) filter (agrees)
            >= {min_agreement} * count(*) filter (agrees or not is_alike)
    ),
    trusted as (
        select scope, title_family
        from compared
        group by scope, title_family
        having
            count(*) filter (agrees) >= {min_word}
            and count(*) filter (agrees)
            >= {min_word_agreement} * count(*) filter (agrees or not is_alike)
    ),
    candidates as materialized(
        select *
        from compared
        semi join departments using (scope)
        semi join trusted using (scope, title_family)
        where not agrees and not is_alike
    ),
    other_texts as (
        select import_id, line, lower(value) as text
        from attribute_values
        semi join candidates using (import_id, line)
        where key not in ({keys})
        union all
        select import_id, line, lower(concat_ws(' ', brand, model))
        from {rows}
        semi join candidates using (import_id, line)
    ),
    explained as (
        select c.import_id, c.line
        from candidates as c
        join other_texts as o using (import_id, line)
        where list_bool_or([contains(o.text, word) for word in c.words])
    )
select
    import_id,
    line,
    'attribute_against_title' as rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(field := name, holds := lower(value), title_says := words)
        ) as varchar
    ) as detail
from candidates
anti join explained using (import_id, line)
anti join contradictions using (import_id, line)
