-- Notes: English descriptions whose little words are of another language with Latin
-- letters; none where many are so: the shop writes in it.
--
-- {rows}     products: the field
-- {field}    the English description
-- {foreign}  a list of words that sentences of other languages can hardly do without
-- {english}  the same of English
-- {least}    so many different foreign words …
-- {factor}   … and so many times the English ones
-- {max_share} of all descriptions, 0 to 1: more, and it is how the shop writes
-- {min_usual} texts, before they can be how the shop writes
with
    spoken as (
        select
            import_id,
            line,
            {field} as text,
            list_distinct(
                regexp_split_to_array(lower(left({field}, 1000)), '[^\pL]+')
            ) as words
        from {rows}
        where length({field}) >= 30
    ),
    counted as materialized(
        select
            import_id,
            line,
            text,
            list_intersect(words, {foreign}) as found,
            len(list_intersect(words, {english})) as n_english
        from spoken
    ),
    noted as (
        select *
        from counted
        where len(found) >= {least} and len(found) > {factor} * n_english
    )
select
    import_id,
    line,
    'wrong_language' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{field}',
                text := left(text, 300),
                found := 'another language: ' || array_to_string(list_sort(found), ', ')
            )
        ) as varchar
    ) as detail
from noted
where
    (select count(*) from noted)
    <= greatest({min_usual}, {max_share} * (select count(*) from counted))
