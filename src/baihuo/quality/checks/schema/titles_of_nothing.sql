-- Findings: titles that name no product, noted: a number or a bare code, a link for
-- postage or a difference of price, and the product's category and nothing else.
--
-- A code beside a title with words is how that language's field is filled; where more
-- listings have numbers and codes, it is how the shop calls its goods.
--
-- {rows}      products: title_en, title_zh, category
-- {separator} between the levels of a category
-- {words}     RE2 of a word
-- {number}    RE2 of a title that is a number
-- {code}      RE2 of a title that is a code
-- {payment}   RE2 of words of which a link for a payment is made
-- {for_what}  RE2 of what such a link names at least
-- {max_share} of the listings
with
    titles as materialized(
        select
            import_id,
            line,
            title_en,
            title_zh,
            category,
            strlen(title_en) <= 60
            and regexp_matches(title_en, '{number}') as is_number_en,
            strlen(title_zh) <= 60
            and regexp_matches(title_zh, '{number}') as is_number_zh,
            strlen(title_en) <= 60
            and regexp_matches(title_en, '{code}')
            and not regexp_matches(title_en, '[A-Za-z]{4}')
            and length(regexp_replace(title_en, '[^0-9]', '', 'g')) >= 5 as is_code_en,
            strlen(title_zh) <= 60
            and regexp_matches(title_zh, '{code}')
            and not regexp_matches(title_zh, '[A-Za-z]{4}')
            and length(regexp_replace(title_zh, '[^0-9]', '', 'g')) >= 5 as is_code_zh,
            strlen(title_en) <= 120
            and regexp_matches(title_en, '{for_what}')
            and regexp_matches(title_en, '{payment}') as is_payment_en,
            strlen(title_zh) <= 120
            and regexp_matches(title_zh, '{for_what}')
            and regexp_matches(title_zh, '{payment}') as is_payment_zh
        from {rows}
    ),
    codes as (
        select import_id, line, title_en, title_zh
        from titles
        where
            is_number_en
            or is_number_zh
            or (is_code_en and coalesce(is_code_zh, true))
            or (is_code_zh and coalesce(is_code_en, true))
    ),
    categories as (  -- the words of each path, and of its last level
        select
            category,
            array_to_string(
                regexp_extract_all(lower(category), '{words}'), ' '
            ) as path,
            array_to_string(
                regexp_extract_all(
                    lower(string_split(category, '{separator}')[-1]), '{words}'
                ),
                ' '
            ) as last_level
        from (select distinct category from titles where category <> '')
    ),
    of_category as (
        select import_id, line, title_en, title_zh
        from
            (
                select
                    *,
                    unnest(
                        [
                            array_to_string(
                                regexp_extract_all(lower(title_en), '{words}'), ' '
                            ),
                            array_to_string(
                                regexp_extract_all(lower(title_zh), '{words}'), ' '
                            )
                        ]
                    ) as title
                from titles
                where
                    length(title_en) <= length(category) + 6
                    or length(title_zh) <= length(category) + 6
            )
        join categories using (category)
        where title in (path, last_level)
        group by import_id, line, title_en, title_zh
    ),
    found as (
        select *, 'a number or a code alone' as why
        from codes
        where
            (select count(*) from codes)
            <= greatest(1, {max_share} * (select count(*) from titles))
        union all
        select *, 'its category alone'
        from of_category
        where
            (select count(*) from of_category)
            <= greatest(1, {max_share} * (select count(*) from titles))
        union all
        select
            import_id,
            line,
            title_en,
            title_zh,
            'a link for postage, a deposit, a service or a difference of price'
        from titles
        where is_payment_en or is_payment_zh
    )
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
                field := case
                    when title_en is null or title_en = ''
                    then 'title_zh'
                    else 'title_en'
                end,
                title_en := title_en,
                title_zh := title_zh,
                why := why
            )
        ) as varchar
    ) as detail
from found
