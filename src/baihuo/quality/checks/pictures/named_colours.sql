-- Findings: listings whose pictures are all named after another colour than theirs
-- (handbag-brown-1.jpg of a pink one), where names of pictures that have a colour have
-- the listing's, and the title has it, too.
--
-- {rows}      products: title_en, title_zh, attributes (JSON), images
-- {colours}   rows (word, family of colours or NULL)
-- {alike}     rows (family, family) that people take for each other
-- {min_rows}  listings with a colour and a picture named after one
-- {min_share} of them that agree
with
    words(word, family) as (values {colours}),
    alike(one, another) as (values {alike}),
    held as (
        select *
        from
            (
                select
                    import_id,
                    line,
                    lower(concat_ws(' ', title_en, title_zh)) as title,
                    trim(
                        regexp_extract(
                            lower(attributes),
                            '"(?:product )?(?:colou?r|颜色)(?: name)?" ?: ?"([^"\\]{2,20})"',
                            1
                        )
                    ) as colour,
                    unnest(images) as image
                from {rows}
                where len(images) > 0 and regexp_matches(attributes, '(?i)colou?r|颜色')
            )
        where colour <> ''
    ),
    named as (
        select
            import_id,
            line,
            title,
            colour,
            image,
            list_distinct(list(w.family)) as families
        from
            (
                select
                    *,
                    unnest(
                        regexp_extract_all(
                            lower(regexp_extract(image, '([^/\\]+?)(?:[.?#].*)?$', 1)),
                            '[a-z]+'
                        )
                    ) as token
                from held
            )
        join words as w on w.word = token
        where not regexp_matches(image, '^data:')
        group by import_id, line, title, colour, image
        having count(*) = count(w.family)
    ),
    compared as (
        select
            import_id,
            line,
            title,
            c.family as held,
            any_value(families[1]) as named,
            min(left(image, 200)) as image,
            min(colour) as colour,
            bool_or(list_contains(families, c.family) or a.one is not null) as agrees
        from named
        join words as c on c.word = colour
        left join alike as a on a.one = c.family and a.another = families[1]
        where len(families) = 1 and c.family is not null
        group by import_id, line, title, c.family
    )
select
    import_id,
    line,
    'shared_picture' as rule,
    'note' as action,
    'images' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'images', picture := image, is_named := named, colour := colour
            )
        ) as varchar
    ) as detail
from compared
where
    not agrees
    and (select count(*) from compared where agrees)
    >= greatest({min_rows}, {min_share} * (select count(*) from compared))
    and contains(title, colour)
    and not contains(title, named)
