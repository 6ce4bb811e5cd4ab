-- Findings: texts of events that were repaired, one row each with all that was wrong
-- with it; and those that cannot be repaired.
--
-- {rows}  events: query_text, text, referrer, interests
-- {field} the column that is judged
with
    changed as (
        select text, any_value(new) as new, list(rule order by rule) as kinds
        from repaired
        where rule <> 'unreadable_characters'
        group by text
    )
select
    import_id,
    line,
    'damaged_text' as rule,
    'repair' as action,
    '{field}' as field,
    nullif(new, '') as new,
    cast(
        to_json(
            struct_pack(
                field := '{field}',
                old := left(r. {field}, 500),
                new := left(nullif(new, ''), 500),
                kinds := kinds
            )
        ) as varchar
    ) as detail
from {rows} as r
join changed on changed.text = r. {field}
union all
select
    import_id,
    line,
    'unreadable_text',
    'note',
    null,
    null,
    cast(to_json(struct_pack(field := '{field}', text := left(before, 500))) as varchar)
from {rows} as r
join repaired on repaired.text = r. {field}
where rule = 'unreadable_characters'
