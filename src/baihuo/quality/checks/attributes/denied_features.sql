-- Findings: an attribute says no to what the title says (Waterproof: false of a
-- "waterproof tent"), where nearly all listings whose title has its name say yes.
--
-- Reads attribute_values.
--
-- {rows}      products: title_en, title_zh, description_en, description_zh
-- {min_rows}  listings that say yes, and have the name in the title
-- {min_share} of all that say yes or no, and have the name in the title, 0 to 1
-- {yes}       what cells say for yes, in lower case, quoted, with commas
-- {no}        what they say for no
-- {of_others} RE2 before what a thing is made for: toner for a colour printer
-- {not_it}    RE2 before the name of what is not so
-- {of_other}  RE2 behind the name, of what else it describes
with
    states as (
        select
            import_id,
            line,
            key,
            name,
            value,
            lower(trim(name)) as feature,
            lower(trim(value)) in ({no}) as is_denied
        from attribute_values
        where
            lower(trim(value)) in ({yes}, {no})
            and regexp_matches(name, '^(?:[A-Za-z][A-Za-z -]{3,30}|\p{Han}{2,8})$')
    ),
    yes_or_no as (select key from states group by key having count(*) >= {min_rows}),
    titled as (
        select
            s.*,
            regexp_replace(
                lower(concat_ws(' ', description_en, description_zh)),
                '[:： ]+',
                ' ',
                'g'
            ) as description
        from states as s
        semi join yes_or_no using (key)
        join
            (
                select
                    *, regexp_replace(lower(title_en), '{of_others}.*', '') as own_title
                from {rows}
            ) as r using (import_id, line)
        where
            case  -- a pattern that holds a name is compiled anew for each row
                when not contains(concat_ws(' ', own_title, title_zh), feature)
                then false
                when ascii(feature) > 127
                then
                    contains(title_zh, feature)
                    and not regexp_matches(title_zh, '[非不未无]' || feature)
                else
                    regexp_matches(own_title, '\b' || feature || '\b')
                    and not regexp_matches(
                        own_title,
                        '{not_it}' || feature || '\b|\b' || feature || '{of_other}'
                    )
            end
    ),
    trusted as (
        select key
        from titled
        group by key
        having
            count(*) filter (not is_denied)
            >= greatest({min_rows}, {min_share} * count(*))
    )
select
    import_id,
    line,
    'attribute_against_title' as rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := min(name), holds := min(value), title_says := list(feature)
            )
        ) as varchar
    ) as detail
from titled
semi join trusted using (key)
where is_denied and not regexp_matches(description, feature || ' (?:no|false|否)\b')
group by import_id, line
