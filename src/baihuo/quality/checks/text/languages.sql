-- Findings: Chinese texts in the English field, swapped where the Chinese field has
-- none;
-- else texts in the field of another language, noted.
--
-- Latin names inside Chinese are how shops write, and a Chinese title may be a brand
-- and a number alone, so a Latin text must have some words before it is wrong there. A
-- text that listings of several brands have names no product. In a shop that writes no
-- Chinese, nothing says that the empty field is for it.
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
            coalesce(len(regexp_extract_all({zh}, '{han_pattern}')), 0) as zh_han,
            coalesce(len(regexp_extract_all({zh}, '{word_pattern}')), 0) as zh_words,
            len(regexp_extract_all({en}, '[A-Za-z]')) as en_latin,
            len(regexp_extract_all({en}, '{other_pattern}')) as en_other,
            len(regexp_extract_all({zh}, '{other_pattern}')) as zh_other
        from {rows}
        where
            regexp_matches({en}, '{han_pattern}|{other_pattern}')
            or ({zh} <> '' and not regexp_matches({zh}, '{han_pattern}'))
            or regexp_matches({zh}, '{other_pattern}{4}')
    ),
    shop as (
        select
            count(*) filter (regexp_matches({zh}, '{han_pattern}')) > 0.05 * count(*)
            or 2 * count(*) filter (regexp_matches({en}, '{han_pattern}'))
            >= count(*) filter ({en} <> '') as writes_chinese
        from {rows}
    ),
    judged as (
        select
            import_id,
            line,
            en,
            zh,
            en_han >= 3
            and en_han >= {foreign_share} * (en_han + en_other + en_latin / 3.0)
            and zh_han = 0
            and (
                zh_words >= 2
                or coalesce(zh, '') = ''
                and (select writes_chinese from shop)
            )
            and min(brand) over (partition by en)
            is not distinct from max(brand) over (partition by en) as is_swapped,
            case
                when en_han >= 2
                then 'Chinese'
                when
                    en_other >= 4
                    and en_other > {foreign_share} * (en_han + en_other + en_latin)
                then 'another script'
            end as en_language,
            case
                when zh_other >= 4 and zh_other > {foreign_share} * (zh_han + zh_other)
                then 'another script'
                when zh_han = 0 and zh_words >= {foreign_words}
                then 'Latin'
            end as zh_language
        from counted
    ),
    cells as (
        select
            import_id,
            line,
            coalesce(is_swapped, false) as is_swapped,
            unnest(
                [
                    struct_pack(
                        field := '{en}', old := en, new := zh, language := en_language
                    ),
                    struct_pack(
                        field := '{zh}', old := zh, new := en, language := zh_language
                    )
                ],
                recursive := true
            )
        from judged
    )
select
    import_id,
    line,
    if(is_swapped, 'swapped_languages', 'wrong_language') as rule,
    if(is_swapped, 'repair', 'note') as action,
    if(is_swapped, field, null) as field,
    if(is_swapped, nullif(new, ''), null) as new,
    cast(
        if(
            is_swapped,
            to_json(struct_pack(field := field, old := old, new := nullif(new, ''))),
            to_json(
                struct_pack(field := field, text := left(old, 300), found := language)
            )
        ) as varchar
    ) as detail
from cells
where
    is_swapped
    or (language is not null and not regexp_matches(old, '{destroyed_pattern}'))
