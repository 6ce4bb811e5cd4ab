-- Findings: brands that are not how the title begins, where nearly all titles begin
-- with their brand and this one with another that is known; known brands with signs
-- about them; brands that are no name but a number, an address or a whole title; and
-- titles that are a known brand and nothing else.
--
-- A brand that its own titles do not begin with (the maker behind a known name) is
-- not judged by them. How titles begin is asked of the brands that have several
-- listings: a sheet in which every eighth brand is wrong still says how the others
-- are written.
--
-- Values of the shop's attributes are in known_values.
--
-- {rows} the products left, with brand and titles
-- {normalized_brand} the brand in lower case, words with one space between
-- {normalized_title} the title, likewise
-- {min_rows} listings with brand and title before they are evidence
-- {min_share} of a brand's titles begin with it, before it is known; and of all titles,
-- 0 to 1
-- {min_habit} of the listings of brands with several, whose brand is known, 0 to 1
-- {min_known} titles that begin with a brand before it is known
-- {form} what a cell is that is no name, of lower(trim(brand)); else NULL
-- {no_names} rows of words that are no brands: colours, "unbranded"
with
    no_names(word) as (values {no_names}),
    listings as materialized(
        select
            *,
            trim(regexp_replace(lower(brand), '\s+', ' ', 'g')) as spelling,
            starts_with(title || ' ', own || ' ') as is_named
        from
            (
                select
                    import_id,
                    line,
                    brand,
                    {normalized_brand} as own,
                    coalesce({normalized_title}, '') as title
                from {rows}
                where brand is not null
            )
    ),
    brands as (
        select
            *,
            n_named >= {min_known}
            and n_named >= {min_share} * n
            and own <> '' as is_known
        from
            (
                select
                    own,
                    count(*) as n,
                    count(*) filter (title <> '') as n_titles,
                    count(*) filter (is_named) as n_named,
                    mode(spelling) as usual
                from listings
                group by own
            )
    ),
    known as (select own as name, usual from brands where is_known),
    habit as (
        select
            sum(n_titles) >= {min_rows}
            and sum(n_named) >= {min_share} * sum(n_titles)
            and sum(n) filter (is_known)
            >= {min_habit} * sum(n) filter (n >= {min_known}) as is_usual
        from brands
    ),
    unnamed as (
        select import_id, line, brand, own, string_split(title, ' ') as words
        from listings
        join brands using (own)
        where
            not is_named
            and title <> ''
            and (select is_usual from habit)
            and (
                n <= 2
                or (n <= 20 and starts_with(title, string_split(own, ' ')[1] || ' '))
                or n_named >= 0.5 * n
                or own in (select * from no_names)
                or own in (
                    select value
                    from known_values
                    where scope <> ''
                    group by value
                    having count(*) >= {min_known}
                )
            )
    ),
    beginnings as (
        select
            import_id,
            line,
            brand,
            unnest(
                [array_to_string(words[:n_words], ' ') for n_words in [1, 2, 3, 4]]
            ) as name
        from unnamed
    ),
    found as (
        select
            import_id,
            line,
            brand,
            'its title begins with another brand' as why,
            max(name) as usual
        from beginnings
        join known using (name)
        group by import_id, line, brand
        union all
        select import_id, line, brand, 'signs about a known name', usual
        from listings
        join known on known.name = listings.own
        where
            spelling <> usual
            and regexp_replace(spelling, '[\s®™©℠*"]+', '', 'g')
            = regexp_replace(usual, '[\s®™©℠*"]+', '', 'g')
            and regexp_matches(spelling, '[®™©℠*"]')
            and not regexp_matches(usual, '[®™©℠*"]')
        union all
        select import_id, line, brand, 'it is the whole title', usual
        from listings
        join known on known.name = string_split(listings.own, ' ')[1]
        where own = title and contains(own, ' ') and own not in (select name from known)
        union all
        select import_id, line, brand, 'it is ' || form, cast(null as varchar)
        from
            (
                select distinct brand, own, {form} as form
                from listings
                join brands using (own)
                where n < {min_known}
            )
        join listings using (brand, own)
        where form is not null
    )
select
    import_id,
    line,
    'brand_against_title' as rule,
    'note' as action,
    'brand' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'brand',
                holds := left(any_value(brand), 200),
                title_says := max(usual),
                why := min(why)
            )
        ) as varchar
    ) as detail
from found
anti join
    (
        select import_id, line from contradictions where rule = 'brand_against_title'
    ) using (import_id, line)
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
                field := 'title_en',
                holds := left(brand, 200),
                title_says := title,
                why := 'the title is a brand alone'
            )
        ) as varchar
    )
from listings
where
    title in (select name from known)
    and (import_id, line) not in (select (import_id, line) from found)
