-- Repairs of a custom check: cells that change, with the old value.
-- {check} its name
-- {field} the column that it repairs
-- {rows}  SQL for the rows still there, with that column
select
    import_id,
    line,
    '{check}' as rule,
    'repair' as action,
    '{field}' as field,
    new,
    cast(
        to_json(
            struct_pack(
                field := '{field}',
                old := left(cast({field} as varchar), 200),
                new := new,
                said := case
                    when json_valid(detail) and left(ltrim(detail), 1) = '{'
                    then cast(detail as json)
                    when detail is not null
                    then to_json(struct_pack(said := detail))
                end
            )
        ) as varchar
    ) as detail
from results
join {rows} as present using (import_id, line)
where cast({field} as varchar) is distinct from new
qualify row_number() over (partition by import_id, line order by new, detail) = 1
