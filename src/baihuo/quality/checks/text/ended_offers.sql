-- Notes: texts with an offer that ended in a year before this one.
--
-- {rows}  products: the field
-- {field} the text that is judged
-- {rule}  the check
-- {offer} RE2 of an offer with the date of its end
-- {year}  of now
select
    import_id,
    line,
    '{rule}' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{field}',
                text := left({field}, 500),
                why := 'an offer that has ended',
                found := left(offer, 100)
            )
        ) as varchar
    ) as detail
from
    (
        select *, regexp_extract({field}, '{offer}') as offer
        from {rows}
        where regexp_matches({field}, '20[0-9][0-9]')
    )
where cast(regexp_extract(offer, '20[0-9][0-9]') as varchar) between '2000' and '{year}'
