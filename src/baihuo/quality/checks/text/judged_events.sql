-- Findings: texts that no visitor wrote, withheld where nothing of them can be a
-- visitor's, else noted.
--
-- {rows}  events: query_text, text, referrer, interests
-- {field} the column that is judged
-- {kind}  the kind of its texts
select
    import_id,
    line,
    rule,
    action,
    case when action = 'repair' then '{field}' end as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{field}',
                old := left(r. {field}, 200),
                new := cast(null as varchar),
                why := why
            )
        ) as varchar
    ) as detail
from {rows} as r
join (select * from judged where kind = '{kind}') as judged on judged.text = r. {field}
