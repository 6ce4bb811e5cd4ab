-- TODO: what its rows are
-- {rows}
-- {rule}
select
    s.import_id,
    s.line,
    '{rule}' as rule,
    'merge' as action,
    null::varchar as field,
    null::varchar as new,
    max_by(s.detail, s.new_import_id) as detail
from superseded as s
join {rows} as old using (import_id, line)
join everything as new on new.import_id = s.new_import_id and new.line = s.new_line
group by s.import_id, s.line
