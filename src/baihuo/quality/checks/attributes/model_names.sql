-- Findings: models that the title does not name, where nearly all titles name their
-- model: the title names that of another listing, or more letters of it, or a model
-- as most models look; and models that are a bar code, a date or a whole title.
--
-- {rows} the products left, with brand, model, codes and title_en
-- {normalized_brand} the brand in lower case, words with one space between
-- {normalized_model} the model, likewise
-- {normalized_title} the title, likewise
-- {code} RE2 of a word of letters and digits, as models have
-- {form} what a cell is that is no name, of lower(trim(model)); else NULL
-- {min_rows} listings with model and title before they are evidence
-- {min_share} of them name the model, 0 to 1
-- {max_share} of a brand's models may be what is found in this one, 0 to 1
with
    listings as materialized(
        select
            *,
            contains(' ' || title || ' ', ' ' || own || ' ') as is_named,
            if(
                starts_with(title, brand_name || ' '),
                string_split(substr(title, length(brand_name) + 2), ' '),
                string_split(title, ' ')
            ) as words,
            regexp_replace(
                regexp_replace(own, '[0-9]', '9', 'g'), '[^0-9 ]', 'a', 'g'
            ) as shape,
            case
                when list_contains(codes, trim(model))
                then 'a bar code'
                when {form} is not null
                then {form}
                when
                    title <> ''
                    and own = title
                    and (
                        starts_with(own, brand_name || ' ')
                        or length(own) - length(replace(own, ' ', '')) >= 3
                    )
                then 'the whole title'
            end as form
        from
            (
                select
                    import_id,
                    line,
                    model,
                    codes,
                    coalesce({normalized_brand}, '') as brand_name,
                    {normalized_model} as own,
                    coalesce({normalized_title}, '') as title
                from {rows}
                where model is not null
            )
    ),
    forms as (
        select form, brand_name, count(*) as n from listings group by form, brand_name
    ),
    by_brand as (select brand_name, sum(n) as n_brand from forms group by brand_name),
    form_shares as (
        select form, sum(n) / greatest(1, (select count(*) from listings)) as share
        from forms
        group by form
    ),
    lengths as (  -- where models are names of many words, a whole title is one
        select
            count(*) filter (length(own) - length(replace(own, ' ', '')) >= 3)
            <= {max_share} * count(*) as are_short
        from listings
    ),
    habit as (
        select
            count(*) >= {min_rows}
            and count(*) filter (is_named) >= {min_share} * count(*) as is_usual
        from listings
        where title <> ''
    ),
    unnamed as (
        select *
        from listings
        where not is_named and title <> '' and (select is_usual from habit)
    ),
    usual_shapes as (
        select shape
        from listings
        where
            is_named
            and regexp_matches(own, '\d')
            and regexp_matches(own, '\pL')
            and not contains(own, ' ')
            and length(own) >= 4
        group by shape
        having count(*) >= 0.2 * (select count(*) from listings)
    ),
    models as (
        select distinct brand_name, own as name
        from listings
        where length(own) >= 4 and regexp_matches(own, '\d|.\s.')
    ),
    beginnings as (
        select
            import_id,
            line,
            model,
            own,
            brand_name,
            unnest(
                [
                    array_to_string(words[:n_words], ' ') for n_words
                    in [1, 2, 3, 4, 5, 6, 7, 8]
                ]
            ) as name
        from unnamed
    ),
    swapped as materialized(  -- "N64s" in the title of what is held to be an R45 Mini
        select import_id, line, model, word
        from (select *, unnest(words[:5]) as word from unnamed) as u
        semi join
            (  -- a Chinese title may have the rest of the name in Chinese
                select *
                from listings
                where
                    is_named
                    or contains(
                        title,
                        nullif(regexp_extract(' ' || own || ' ', ' ({code}) ', 1), '')
                    )
            ) using (brand_name, own)
        where
            regexp_matches(' ' || own || ' ', ' {code} ')
            and regexp_full_match(word, '{code}')
            and starts_with(title, brand_name || ' ')
            and not regexp_matches(title, '\p{Han}')
            and not contains(own, word)
            and not contains(replace(title, ' ', ''), replace(own, ' ', ''))
            and not contains(
                ' ' || title || ' ',
                ' ' || regexp_extract(' ' || own || ' ', ' ({code}) ', 1) || ' '
            )
    ),
    seldom as (  -- A4 is no model
        select word
        from (select unnest(words) as word from listings)
        where word in (select word from swapped)
        group by word
        having count(*) <= 5
    ),
    found as (
        select
            import_id,
            line,
            model,
            'its title names another model' as why,
            max(name) as title_says
        from beginnings
        semi join models using (brand_name, name)
        where not list_has_all(string_split(own, ' '), string_split(name, ' '))
        group by import_id, line, model
        union all
        select import_id, line, model, 'its title has more letters of it', word
        from (select *, unnest(words) as word from unnamed)
        where
            regexp_matches(own, '^[0-9 ]{2,}$|^\pL{2,}$')
            and length(word) > length(own)
            and regexp_matches(word, '[0-9]')
            and regexp_matches(word, '\pL')
            and (ends_with(word, own) or starts_with(word, own))
        union all
        select import_id, line, model, 'its title names a model', word
        from (select *, unnest(words) as word from unnamed)
        where
            regexp_replace(regexp_replace(word, '[0-9]', '9', 'g'), '[^0-9 ]', 'a', 'g')
            in (select shape from usual_shapes)
        union all
        select
            import_id,
            line,
            model,
            'another listing has this model, and its title names none so',
            word
        from swapped
        where word in (select word from seldom)
        union all
        select import_id, line, model, 'it is ' || form, cast(null as varchar)
        from listings
        join forms using (form, brand_name)
        join by_brand using (brand_name)
        join form_shares using (form)
        where
            (n <= 2 or n <= {max_share} * n_brand)
            and share <= {max_share}
            and (
                not is_named
                or (form = 'the whole title' and (select are_short from lengths))
            )
    )
select
    import_id,
    line,
    'attribute_against_title' as rule,
    'note' as action,
    'model' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'model',
                holds := left(any_value(model), 200),
                title_says := max(title_says),
                why := max(why)
            )
        ) as varchar
    ) as detail
from found
group by import_id, line
