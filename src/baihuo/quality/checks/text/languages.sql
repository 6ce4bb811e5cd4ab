-- TODO: what its rows are
-- {destroyed}
-- {en}
-- {foreign_share}
-- {foreign_words}
-- {han}
-- {other}
-- {rows}
-- {word}
-- {zh}
with
    counted as (
        select
            import_id,
            line,
            {en} as en,
            {zh} as zh,
            len(regexp_extract_all({en}, '{han}')) as en_han,
            len(regexp_extract_all({zh}, '{han}')) as zh_han,
            len(regexp_extract_all({en}, '{word}')) as en_words,
            len(regexp_extract_all({zh}, '{word}')) as zh_words,
            len(regexp_extract_all({en}, '[A-Za-z]')) as en_latin,
            len(regexp_extract_all({zh}, '[A-Za-z]')) as zh_latin,
            len(regexp_extract_all({en}, '{other}')) as en_other,
            len(regexp_extract_all({zh}, '{other}')) as zh_other
        from {rows}
        where
            regexp_matches({en}, '{han}|{other}')
            or ({zh} <> '' and not regexp_matches({zh}, '{han}'))
            or regexp_matches({zh}, '{other}{3,}')
    ),
    judged as (
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
    decided as (
        select
            *,
            case
                when is_en_chinese and coalesce(zh, '') = ''
                then 'moved to {zh}'
                when is_en_chinese and zh_han = 0 and zh_words >= 1 and not is_zh_other
                then 'swapped'
                when is_zh_latin and coalesce(en, '') = ''
                then 'moved to {en}'
            end as swap
        from judged
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
            struct_pack(field := field, old := old, new := new, why := swap)
        ) as varchar
    ) as detail
from
    (
        select
            import_id,
            line,
            swap,
            unnest(
                [
                    struct_pack(field := '{en}', old := en, new := nullif(zh, '')),
                    struct_pack(field := '{zh}', old := zh, new := nullif(en, ''))
                ],
                recursive := true
            )
        from decided
        where swap is not null
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
            struct_pack(field := field, text := left(text, 300), found := found)
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
            end as found
        from decided
        where swap is null
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
        where swap is null
    )
where found is not null and not regexp_matches(text, '{destroyed}')
