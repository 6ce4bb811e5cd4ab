-- Findings: listings whose Chinese title names the model of another listing, and their
-- English title or model their own: titles that slipped down a sheet.
--
-- Judged where nearly all Chinese titles that name any listing's model name their own.
-- A model that the English title names, too, is one that the thing is made for.
--
-- {rows}      the products left, with model and titles
-- {min_rows}  Chinese titles that name a model, before one is judged
-- {min_share} of them, that name their own, 0 to 1
with
    listings as materialized(
        select
            import_id,
            line,
            title_zh,
            lower(model) as own,
            regexp_replace(
                lower(concat_ws(' ', model, title_en)), '[^\pL\pN]', '', 'g'
            ) as known,
            list_distinct(
                list_filter(
                    regexp_extract_all(lower(title_zh), '[a-z0-9]{4,}'),
                    lambda w:regexp_matches(w, '[a-z]') and regexp_matches(w, '[0-9]')
                )
            ) as codes
        from {rows}
        where title_zh is not null and (title_en is not null or model is not null)
    ),
    models as (
        select distinct lower(model) as model
        from {rows}
        where
            regexp_matches(model, '^[A-Za-z0-9]{4,}$')
            and regexp_matches(model, '[0-9]')
            and regexp_matches(model, '[A-Za-z]')
    ),
    named as (
        select
            import_id,
            line,
            any_value(title_zh) as title_zh,
            any_value(own) as own,
            list_sort(list(model)) as names,
            bool_or(contains(known, model)) as is_own
        from (select *, unnest(codes) as model from listings where len(codes) > 0)
        semi join models using (model)
        group by import_id, line
    ),
    habit as (
        select
            count(*) >= {min_rows}
            and count(*) filter (is_own) >= {min_share} * count(*) as is_usual
        from named
    )
select
    import_id,
    line,
    'attribute_against_title' as rule,
    'note' as action,
    'title_zh' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'title_zh',
                holds := own,
                title_says := names[1],
                why := 'its Chinese title names the model of another listing'
            )
        ) as varchar
    ) as detail
from named
where not is_own and (select is_usual from habit)
