-- Descriptions that may be one text twice, or have words broken at the ends of lines:
-- import_id, line, field, text.
--
-- {rows}  products: both descriptions
-- {again} letters of the beginning that come again in a text said twice
-- {break} RE2 of a word that is broken
with
    described as (
        select import_id, line, cell.field as field, cell.content as text
        from
            (
                select
                    import_id,
                    line,
                    unnest(
                        [
                            struct_pack(
                                field := 'description_en', content := description_en
                            ),
                            struct_pack(
                                field := 'description_zh', content := description_zh
                            )
                        ]
                    ) as cell
                from {rows}
            )
        where cell.content <> ''
    )
select *
from described
where
    (
        length(text) >= 2 * {again}
        and strpos(substr(text, {again} + 1), left(text, {again})) > 0
    )
    or (contains(text, '-') and regexp_matches(text, '{break}'))
