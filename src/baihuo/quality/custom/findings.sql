-- Findings of a custom check that repairs nothing. Text that is no JSON object
-- becomes {"said": text}.
-- {check}  its name
-- {action} quarantine or note
-- {rows}   SQL for the rows still there
select
    import_id,
    line,
    '{check}' as rule,
    '{action}' as action,
    null::varchar as field,
    new,
    cast(
        case
            when json_valid(detail) and left(ltrim(detail), 1) = '{'
            then cast(detail as json)
            when detail is not null
            then to_json(struct_pack(said := detail))
        end as varchar
    ) as detail
from results
join {rows} as present using (import_id, line)
qualify row_number() over (partition by import_id, line order by new, detail) = 1
