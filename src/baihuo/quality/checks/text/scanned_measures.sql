-- Notes: measures in titles with letters among their digits (5OOml, l2 pcs), where
-- another text or an attribute of the listing has the number that they look like.
--
-- {rows}    products: titles, descriptions, attributes
-- {measure} RE2 of a number and its unit, with letters that look like digits
with
    measures as materialized(
        select
            *,
            regexp_replace(
                translate(regexp_extract(written, '{measure}', 1), 'OolIS', '00115'),
                '^0+([0-9])',
                '\1'
            ) as number
        from
            (
                select
                    *,
                    unnest(
                        list_filter(
                            list_distinct(regexp_extract_all(title_en, '{measure}', 0)),
                            lambda w:regexp_matches(
                                regexp_extract(w, '{measure}', 1), '[OolIS]'
                            )
                        )
                    ) as written
                from {rows}
                where regexp_matches(title_en, '{measure}')
            )
    )
select
    import_id,
    line,
    'unreadable_characters' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'title_en',
                text := left(any_value(title_en), 500),
                why := 'letters that stand for digits',
                found
                := string_agg(trim(written) || ': ' || number, ', ' order by written)
            )
        ) as varchar
    ) as detail
from measures
where
    regexp_matches(number, '^[0-9]+(?:[.,][0-9]+)?$')
    and regexp_matches(
        concat_ws(' ', title_zh, attributes, description_en, description_zh),
        '(?:^|[^0-9.,])' || replace(number, '.', '[.]') || '(?:[^0-9.,]|[.,][^0-9]|$)'
    )
group by import_id, line
