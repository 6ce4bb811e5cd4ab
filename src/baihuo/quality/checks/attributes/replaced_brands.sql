-- Findings: titles that have a plain word where nearly all titles of the brand have
-- their brand, before the model; and titles of two products of the shop.
--
-- A second product is a part of the title behind a sign ("/", "+", "and") that is the
-- whole title of another listing, or another known brand with a model of it.
--
-- {rows}          the products left, with brand, model and titles
-- {normalized_brand} in lower case, words with one space between
-- {normalized_model} the model, likewise
-- {normalized_title} the title, likewise
-- {between}       RE2 of what stands between two products
-- {words}         RE2 of a word
-- {made_for}      RE2 of titles of what fits other makers' products
-- {min_known}     titles that begin with a brand before it is known
-- {min_share}     of the brand's titles, 0 to 1
-- {max_seldom}    of them may have one other word there, 0 to 1
with
    titles as materialized(
        select
            import_id,
            line,
            field,
            title as written,
            {normalized_title} as title,
            coalesce({normalized_brand}, '') as brand_name,
            coalesce({normalized_model}, '') as model_name
        from
            (
                unpivot (
                    select import_id, line, brand, model, title_en, title_zh from {rows}
                )
                on title_en,
                title_zh into name field value title
            )
        where title <> ''
    ),
    listings as materialized(
        select
            *,
            starts_with(title || ' ', brand_name || ' ') as is_named,
            rtrim(
                split_part(' ' || title || ' ', ' ' || model_name || ' ', 1)
            ) as before_model
        from titles
        where field = 'title_en' and brand_name <> ''
    ),
    known as materialized(
        select
            brand_name,
            count(*) as n,
            count(*) filter (trim(before_model) = brand_name)
            >= {min_share} * count(*) as is_before_model
        from listings
        group by brand_name
        having
            count(*) filter (is_named) >= {min_known}
            and count(*) filter (is_named) >= {min_share} * count(*)
    ),
    replaced as (
        select import_id, line, brand_name, n, trim(before_model) as word
        from listings
        join known using (brand_name)
        where
            not is_named
            and is_before_model
            and length(model_name) >= 3
            and contains(' ' || title || ' ', ' ' || model_name || ' ')
            and not contains(title, brand_name)
            and regexp_full_match(trim(before_model), '\pL{3,20}(?: \pL{2,20})?')
    ),
    parts as materialized(
        select import_id, line, field, written, brand_name, unnest(parts[2:]) as part
        from
            (
                select
                    *,
                    list_transform(
                        string_split(
                            regexp_replace(written, '{between}', chr(31), 'g'), chr(31)
                        ),
                        lambda p:array_to_string(
                            regexp_extract_all(lower(p), '{words}'), ' '
                        )
                    ) as parts
                from titles
                where
                    regexp_matches(written, '{between}')
                    and not regexp_matches(written, '{made_for}')
            )
    ),
    second as (
        select p.import_id, p.line, p.field, p.written, p.part
        from parts as p
        join titles as t on t.title = p.part and t.field = p.field
        where
            (t.import_id, t.line) <> (p.import_id, p.line)
            and length(p.part) >= if(p.field = 'title_zh', 8, 16)
            and contains(p.part, ' ')
        union
        select p.import_id, p.line, p.field, p.written, p.part
        from
            (
                select
                    *,
                    unnest(
                        [
                            array_to_string(string_split(part, ' ')[:n], ' ') for n
                            in [1, 2, 3]
                        ]
                    ) as maker
                from parts
                where length(part) - length(replace(part, ' ', '')) >= 2
            ) as p
        join known as k on k.brand_name = p.maker
        join listings as l on l.brand_name = p.maker
        where
            p.maker <> p.brand_name
            and length(l.model_name) >= 3
            and contains(' ' || p.part || ' ', ' ' || l.model_name || ' ')
    )
select
    import_id,
    line,
    'brand_against_title' as rule,
    'note' as action,
    'title_en' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'title_en',
                holds := brand_name,
                title_says := word,
                why := 'its title has another word for the brand'
            )
        ) as varchar
    ) as detail
from replaced
where
    word not in (select brand_name from known)
    and not contains(brand_name, word)
    and not starts_with(word, brand_name)
    and word <> array_to_string(
        list_transform(string_split(brand_name, ' '), lambda w:left(w, 1)), ''
    )
qualify count(*) over (partition by brand_name, word) <= greatest(1, {max_seldom} * n)
union all
select
    import_id,
    line,
    'keyword_stuffing',
    'note',
    field,
    null,
    cast(
        to_json(
            struct_pack(
                field := field,
                text := left(any_value(written), 500),
                why := 'two products',
                found := min(part)
            )
        ) as varchar
    )
from second
group by import_id, line, field
