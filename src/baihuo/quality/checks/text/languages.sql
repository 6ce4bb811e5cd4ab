-- Findings: texts in the field of the other language, swapped or moved where both
-- sides agree or one is empty; else texts of a wrong language, noted.
--
-- Latin names inside Chinese are how shops write, and a Chinese title may be a brand
-- and a number alone, so a Latin text must have some words before it is wrong there. A
-- word alone ("test", 未知), or a text that listings of several brands have, names no
-- product: noted. Where few listings have a Chinese text in its field, and few in the
-- other, the shop writes no Chinese, and nothing says that the field is for it.
-- {rows}              products: both fields, brand
-- {en}                the English field
-- {zh}                the Chinese field
-- {han_pattern}       RE2 of a Chinese character
-- {word_pattern}      RE2 of a word in Latin letters
-- {other_pattern}     RE2 of a letter of any other script
-- {destroyed_pattern} RE2 of a text that a wrong encoding destroyed
-- {foreign_share}     share of letters that makes a text foreign, 0 to 1
-- {foreign_words}     Latin words in a Chinese field without any Chinese
with
    counted as (
        select
            import_id,
            line,
            brand,
            {en} as en,
            {zh} as zh,
            len(regexp_extract_all({en}, '{han_pattern}')) as en_han,
            len(regexp_extract_all({zh}, '{han_pattern}')) as zh_han,
            len(regexp_extract_all({en}, '{word_pattern}')) as en_words,
            len(regexp_extract_all({zh}, '{word_pattern}')) as zh_words,
            len(regexp_extract_all({en}, '[A-Za-z]')) as en_latin,
            len(regexp_extract_all({zh}, '[A-Za-z]')) as zh_latin,
            len(regexp_extract_all({en}, '{other_pattern}')) as en_other,
            len(regexp_extract_all({zh}, '{other_pattern}')) as zh_other
        from {rows}
        where
            regexp_matches({en}, '{han_pattern}|{other_pattern}')
            or ({zh} <> '' and not regexp_matches({zh}, '{han_pattern}'))
            or regexp_matches({zh}, '{other_pattern}{3,}')
    ),
    classified as (
        select
            *,
            coalesce(
                en_han >= 2
                and en_han >= {foreign_share} * (en_han + en_other + en_latin / 3.0),
                false
            ) as is_en_chinese,
            coalesce(zh_han = 0 and zh_words >= {foreign_words}, false) as is_zh_latin,
            coalesce(
                en_other >= 4
                and en_other > {foreign_share} * (en_han + en_other + en_latin),
                false
            ) as is_en_other,
            coalesce(
                zh_other >= 4
                and zh_other > {foreign_share} * (zh_han + zh_other + zh_latin),
                false
            ) as is_zh_other
        from counted
    ),
    shop as (
        select
            count(*) filter (regexp_matches({zh}, '{han_pattern}')) > 0.05 * count(*)
            or 2 * count(*) filter (regexp_matches({en}, '{han_pattern}'))
            >= count(*) filter ({en} <> '') as writes_chinese
        from {rows}
    ),
    decided as (
        select
            *,
            case
                when
                    min(brand) over (partition by en)
                    <> max(brand) over (partition by en)
                    and en <> ''
                    or min(brand) over (partition by zh)
                    <> max(brand) over (partition by zh)
                    and zh <> ''
                then null
                when
                    is_en_chinese
                    and coalesce(zh, '') = ''
                    and en_han >= 3
                    and (select writes_chinese from shop)
                then 'moved to {zh}'
                when is_en_chinese and zh_han = 0 and zh_words >= 2 and not is_zh_other
                then 'swapped'
                when is_zh_latin and coalesce(en, '') = ''
                then 'moved to {en}'
            end as change
        from classified
    )
select
    import_id,
    line,
    'swapped_languages' as rule,
    'repair' as action,
    field,
    new,
    cast(
        to_json(
            struct_pack(field := field, old := old, new := new, why := change)
        ) as varchar
    ) as detail
from
    (
        select
            import_id,
            line,
            change,
            unnest(
                [
                    struct_pack(field := '{en}', old := en, new := nullif(zh, '')),
                    struct_pack(field := '{zh}', old := zh, new := nullif(en, ''))
                ],
                recursive := true
            )
        from decided
        where change is not null
    )
union all
select
    import_id,
    line,
    'wrong_language',
    'note',
    null,
    null,
    cast(
        to_json(
            struct_pack(field := field, text := left(text, 300), found := language)
        ) as varchar
    )
from
    (
        select
            import_id,
            line,
            '{en}' as field,
            en as text,
            case
                when is_en_chinese
                then 'Chinese'
                when is_en_other
                then 'another script'
                when en_han >= 2
                then 'partly Chinese'
            end as language
        from decided
        where change is null
        union all
        select
            import_id,
            line,
            '{zh}',
            zh,
            case
                when is_zh_other then 'another script' when is_zh_latin then 'Latin'
            end
        from decided
        where change is null
    )
where language is not null and not regexp_matches(text, '{destroyed_pattern}')
