-- Notes: titles that hold their whole description, and such as have " ? " where many
-- others have a dash: a file without the sign was made of one that had it.
--
-- {rows}     products: title and description of one language
-- {title}    the title
-- {description} the description, or a NULL where the shop has none
-- {min_chars} of a description; a shorter one is a name, too
-- {max_share} of the titles may hold theirs, 0 to 1: more, and the shop makes them so
-- {dash}     RE2 of a dash between two parts of a title
-- {lost}     RE2 of the question mark that stands in its place
-- {min_dashes} titles with a dash, and so many times the question marks
with
    titles as materialized(
        select
            import_id,
            line,
            {title} as title,
            {description} as description,
            length({description}) >= {min_chars}
            and length({title}) > length({description})
            and contains({title}, trim({description})) as is_pasted,
            regexp_matches({title}, '{lost}')
            and not regexp_matches({title}, '{dash}') as is_lost
        from {rows}
        where {title} <> ''
    ),
    counts as (
        select
            count(*) as n,
            count(*) filter (is_pasted) as n_pasted,
            count(*) filter (is_lost) as n_lost,
            count(*) filter (regexp_matches(title, '{dash}')) as n_dashes
        from titles
    )
select
    import_id,
    line,
    if(is_pasted, 'keyword_stuffing', 'unreadable_characters') as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{title}',
                text := left(title, 500),
                why := if(
                    is_pasted,
                    'its description stands in the title, too',
                    'a question mark where other titles have a dash'
                ),
                found := if(
                    is_pasted,
                    left(description, 80),
                    regexp_extract(title, '.{{0,12}}{lost}.{{0,12}}')
                )
            )
        ) as varchar
    ) as detail
from titles
cross join counts
where
    (is_pasted and n_pasted <= greatest(2, {max_share} * n))
    or (is_lost and n_dashes >= {min_dashes} and n_dashes >= 5 * n_lost)
