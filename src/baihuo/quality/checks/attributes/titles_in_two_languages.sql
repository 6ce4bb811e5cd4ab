-- Findings: Chinese titles that name another brand, model, colour, sex or measure than
-- the English title of the same listing, where the two agree nearly everywhere; and
-- brands that are the Chinese name of one that all others write in Latin letters.
--
-- Both must name exactly one colour and sex, or as many measures of a dimension. How a
-- brand is written in Chinese is learned: the shortest beginning of the Chinese words
-- of its titles that hardly any other brand's have, where nearly all of its titles have
-- this name or the Latin one. What contradictions already has is left out.
--
-- {rows}          the products left, with brand, model, title_en and title_zh
-- {normalized_brand} in lower case, words with one space between
-- {normalized_model} the model, likewise
-- {normalized_title} the title, likewise
-- {colours}       rows (word, family); without a family: a colour of two
-- {pattern}       RE2 of all these words, the longest first
-- {alike}         rows (family, family) that people take for each other
-- {units}         rows (spelling, dimension, factor)
-- {measure}       RE2 of a number and its unit, in a group of its own
-- {min_rows}      listings that can be compared before the two are taken to agree
-- {min_known}     titles that begin with a Chinese name before it is a brand's
-- {min_written}   of the brand's titles that begin with it, 0 to 1
-- {sexes}         RE2 of words for women and men
-- {women}         RE2 of those for women alone
-- {min_agreement} of those that are compared, 0 to 1
with
    colours(word, family) as (values {colours}),
    alike(one, other) as (values {alike}),
    units(unit, dimension, factor) as (values {units}),
    pairs as materialized(
        select
            import_id,
            line,
            coalesce({normalized_brand}, '') as brand_name,
            coalesce({normalized_model}, '') as model_name,
            {normalized_title} as english,
            lower(title_en) as en,
            lower(title_zh) as zh,
            regexp_extract(title_zh, '\p{Han}+') as head,
            title_en,
            title_zh
        from {rows}
        where title_en <> '' and regexp_matches(title_zh, '\p{Han}')
    ),
    -- names of brands
    beginnings as (
        select brand_name, name, count(*) as n
        from
            (
                select
                    brand_name,
                    unnest(
                        [left(head, 2), left(head, 3), left(head, 4), left(head, 5)]
                    ) as name
                from pairs
                where brand_name <> ''
            )
        -- who writes the Chinese name in the brand's field has the same one
        where regexp_full_match(name, '\p{Han}{2,5}') and name <> brand_name
        group by brand_name, name
    ),
    written as (
        select
            brand_name,
            arg_min(name, (length(name), name)) as name,
            any_value(n_brand) as n
        from beginnings
        join
            (
                select brand_name, count(*) as n_brand from pairs group by brand_name
            ) using (brand_name)
        join (select name, sum(n) as n_name from beginnings group by name) using (name)
        where
            n >= {min_known}
            and n >= {min_written} * n_brand
            and n >= {min_agreement} * n_name
        group by brand_name
    ),
    names as materialized(
        select w.brand_name, w.name, w.n
        from written as w
        join pairs as p using (brand_name)
        group by all
        having
            count(*) filter (contains(p.zh, w.name) or contains(p.zh, w.brand_name))
            >= {min_agreement} * count(*)
    ),
    of_brand as (
        select
            import_id,
            line,
            'another brand' as what,
            p.brand_name as in_english,
            other.name as in_chinese
        from pairs as p
        join names as own using (brand_name)
        join names as other on starts_with(p.head, other.name)
        where
            not contains(p.zh, own.name)
            and other.brand_name <> p.brand_name
            and not contains(p.zh, p.brand_name)
            and starts_with(p.english || ' ', p.brand_name || ' ')
    ),
    in_chinese as (  -- the brand itself
        select
            import_id,
            line,
            r.brand,
            n.brand_name,
            count(*) over (partition by r.brand) as n_so,
            n.n
        from {rows} as r
        join names as n on n.name = trim(r.brand)
        where not regexp_matches(n.brand_name, '\p{Han}')
    ),
    -- models
    with_models as materialized(
        select
            *,
            contains(
                regexp_replace(zh, '[^\pL\pN]', '', 'g'), replace(model_name, ' ', '')
            ) as is_named
        from pairs
        where
            length(model_name) >= 4
            and regexp_matches(model_name, '[0-9]')
            and contains(english, model_name)
    ),
    of_model as (
        select
            import_id,
            line,
            'another model' as what,
            model_name as in_english,
            min(word) as in_chinese
        from
            (
                select
                    *,
                    unnest(
                        list_distinct(
                            regexp_extract_all(zh, '[a-z0-9][a-z0-9._/-]*[a-z0-9]')
                        )
                    ) as word
                from with_models
                where not is_named
            )
        where
            word in (select model_name from with_models)
            and (
                select
                    count(*) >= {min_rows}
                    and count(*) filter (is_named) >= {min_agreement} * count(*)
                from with_models
            )
        group by import_id, line, model_name
    ),
    -- colours and measures
    named as materialized(
        select
            import_id,
            line,
            list_distinct(regexp_extract_all(en, '{pattern}')) as colours_en,
            list_distinct(regexp_extract_all(zh, '{pattern}')) as colours_zh,
            list_distinct(
                regexp_extract_all(
                    regexp_replace(en, '[0-9] in (?:[0-9]|one)', ''), '{measure}', 1
                )
            ) as measures_en,
            list_distinct(regexp_extract_all(zh, '{measure}', 1)) as measures_zh,
            [
                if(regexp_matches(word, '{women}'), 'women', 'men') for word
                in regexp_extract_all(en, '{sexes}')
            ] as sexes_en,
            [
                if(word = '女', 'women', 'men') for word
                in regexp_extract_all(zh, '[男女]')
            ] as sexes_zh
        from pairs
    ),
    words as (
        select
            import_id,
            line,
            'colour' as kind,
            'en' as language,
            unnest(colours_en) as word
        from named
        where len(colours_en) > 0 and len(colours_zh) > 0
        union all
        select import_id, line, 'colour', 'zh', unnest(colours_zh)
        from named
        where len(colours_en) > 0 and len(colours_zh) > 0
        union all
        select import_id, line, 'measure', 'en', unnest(measures_en)
        from named
        where len(measures_en) > 0 and len(measures_zh) > 0
        union all
        select import_id, line, 'measure', 'zh', unnest(measures_zh)
        from named
        where len(measures_en) > 0 and len(measures_zh) > 0
    ),
    meanings as materialized(  -- of each different word: what it is of, and how much
        select
            word,
            kind,
            case
                when kind = 'colour'
                then 'colour'
                else coalesce(dimension, regexp_extract(word, '[^0-9., ]+$'))
            end as dimension,
            family,
            try_cast(
                replace(
                    regexp_extract(word, '^[0-9]+(?:[.,][0-9]+)?'), ',', '.'
                ) as double
            )
            * coalesce(factor, 1) as number
        from (select distinct word, kind from words)
        left join colours using (word)
        left join
            units on kind = 'measure' and unit = regexp_extract(word, '[^0-9., ]+$')
        where
            coalesce(dimension, '') not in ('count', 'time')
            and (kind = 'colour' or number > 0)
    ),
    mentions as (
        select
            import_id,
            line,
            kind,
            dimension,
            language,
            min(family) as family,
            list_sort(list(distinct number)) as numbers,
            string_agg(word, ' ' order by number, word) as word
        from words
        join meanings using (word, kind)
        group by import_id, line, kind, dimension, language
        having
            if(
                kind = 'colour',
                count(distinct family) = 1 and count(family) = count(*),
                bool_and(number is not null)
            )
    ),
    pairs_of_numbers as materialized(
        select
            import_id,
            line,
            kind,
            dimension,
            e.word as in_english,
            z.word as in_chinese,
            e.family as family_en,
            z.family as family_zh,
            regexp_replace(e.word, '[0-9., ]', '', 'g')
            = regexp_replace(z.word, '[0-9., ]', '', 'g') as is_one_unit,
            list_bool_and(
                [
                    greatest(pair[1], pair[2]) <= 1.02 * least(pair[1], pair[2])
                    for pair in list_zip(e.numbers, z.numbers)
                ]
            ) as is_same,
            list_bool_and(
                [
                    greatest(pair[1], pair[2]) <= 1.25 * least(pair[1], pair[2])
                    for pair in list_zip(e.numbers, z.numbers)
                ]
            ) as is_rounded,
            list_bool_or(  -- 256 and 265: nobody rounds so
                [
                    pair[1] <> pair[2]
                    and list_sort(regexp_extract_all(printf('%g', pair[1]), '[0-9]'))
                    = list_sort(regexp_extract_all(printf('%g', pair[2]), '[0-9]'))
                    for pair in list_zip(e.numbers, z.numbers)
                ]
            ) as is_slip
        from (select * from mentions where language = 'en') as e
        join
            (select * from mentions where language = 'zh') as z using (
                import_id, line, kind, dimension
            )
        where kind = 'colour' or len(e.numbers) = len(z.numbers)
    ),
    compared as materialized(
        select
            import_id,
            line,
            kind,
            dimension,
            in_english,
            in_chinese,
            if(
                kind = 'colour', family_en = family_zh, is_same and not is_slip
            ) as agrees,
            if(
                kind = 'colour',
                (family_en, family_zh) in (select (one, other) from alike),
                -- rounded from one unit to another
                is_rounded and not is_one_unit and not is_slip
            ) as is_near
        from pairs_of_numbers
        union all
        select
            import_id,
            line,
            'sex',
            'sex',
            sexes_en[1],
            if(sexes_zh[1] = 'women', '女', '男'),
            sexes_en[1] = sexes_zh[1],
            false
        from named
        where len(list_distinct(sexes_en)) = 1 and len(list_distinct(sexes_zh)) = 1
    ),
    trusted as (
        select dimension
        from compared
        group by dimension
        having
            count(*) filter (agrees) >= {min_rows}
            and count(*) filter (agrees)
            >= {min_agreement} * count(*) filter (agrees or not is_near)
    ),
    found as (
        select import_id, line, what, in_english, in_chinese
        from of_brand
        union all
        select *
        from of_model
        union all
        select import_id, line, 'another ' || kind, in_english, in_chinese
        from compared
        semi join trusted using (dimension)
        where not agrees and not is_near
    )
select
    import_id,
    line,
    if(
        bool_and(what = 'another brand'),
        'brand_against_title',
        'attribute_against_title'
    ) as rule,
    'note' as action,
    'title_zh' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'title_zh',
                holds := min(in_chinese),
                title_says := [min(in_english)],
                why
                := 'the Chinese title names '
                || string_agg(distinct what, ', ' order by what)
            )
        ) as varchar
    ) as detail
from found
anti join contradictions using (import_id, line)
group by import_id, line
union all
select
    import_id,
    line,
    'brand_against_title',
    'note',
    'brand',
    null,
    cast(
        to_json(
            struct_pack(
                field := 'brand',
                holds := brand,
                title_says := brand_name,
                why := 'the Chinese name of a brand that others write in Latin letters'
            )
        ) as varchar
    )
from in_chinese
-- a seldom one is found by how its title begins
where n_so between 3 and 0.2 * n
