-- Notes: listings whose title is sentences, while the description names brand or model
-- in none: each stands in the other's column.
--
-- {rows}        products: both fields, brand, model
-- {title}       the title
-- {description} the description
-- {sentence}    RE2 of a text that is sentences
-- {end}         RE2 of the end of a sentence
select
    import_id,
    line,
    'no_title' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{title}',
                text := left({title}, 300),
                why := 'it is the description, and the description is the title',
                found := left({description}, 300)
            )
        ) as varchar
    ) as detail
from {rows}
where
    length({title}) > 1.5 * length({description})
    and length({description}) >= 8
    and not regexp_matches({description}, '{end}')
    and regexp_matches({title}, '{sentence}')
    and (
        contains(lower({description}), lower(nullif(brand, '')))
        or contains(lower({description}), lower(nullif(model, '')))
    )
