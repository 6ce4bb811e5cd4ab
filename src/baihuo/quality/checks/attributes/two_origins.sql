-- Findings: descriptions and titles that say that a thing is made in one country, and
-- an attribute another. What a part is made of ("leather made in Italy") says nothing
-- of the whole; a text that names two countries is left.
--
-- Reads attribute_values.
--
-- {rows}      the products left, with titles and descriptions
-- {countries} rows (name in lower case, number of the country)
-- {origin}    RE2 of names of the attribute
-- {made_in}   RE2 of a sentence in lower case that says where, the country in group 1
-- {origin_zh} RE2 of a Chinese label and its country
-- {made_zh}   RE2 of a Chinese clause that says where
with
    countries(name, country) as (values {countries}),
    held as (
        select
            import_id,
            line,
            min(a.name) as attribute,
            min(value) as value,
            min(country) as country
        from attribute_values as a
        join countries as c on c.name = lower(trim(value))
        where regexp_matches(a.name, '{origin}')
        group by import_id, line
        having count(distinct country) = 1
    ),
    texts as (
        select import_id, line, field, text
        from
            (
                unpivot (
                    select
                        import_id,
                        line,
                        title_en,
                        title_zh,
                        description_en,
                        description_zh
                    from {rows}
                    semi join held using (import_id, line)
                )
                on title_en,
                title_zh,
                description_en,
                description_zh into name field value text
            )
        where regexp_matches(text, '(?i)made in|country of origin|制造|生产|产地|原产')
    ),
    said as (
        select
            import_id,
            line,
            field,
            unnest(
                flatten(
                    [
                        regexp_extract_all(lower(text), '{made_in}', 1),
                        regexp_extract_all(text, '{origin_zh}', 1),
                        regexp_extract_all(text, '{made_zh}', 1)
                    ]
                )
            ) as name
        from texts
    ),
    compared as (
        select
            import_id,
            line,
            any_value(attribute) as attribute,
            any_value(value) as value,
            min_by(field, s.name) as field,
            min(s.name) as text_says
        from said as s
        join countries as c on c.name = s.name
        join held as h using (import_id, line)
        group by import_id, line
        having count(distinct c.country) = 1 and min(c.country) <> any_value(h.country)
    )
select
    import_id,
    line,
    if(
        starts_with(field, 'title'), 'attribute_against_title', 'description_of_another'
    ) as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := attribute,
                attribute := attribute,
                holds := value,
                text_says := text_says,
                why := 'made in two countries'
            )
        ) as varchar
    ) as detail
from compared
