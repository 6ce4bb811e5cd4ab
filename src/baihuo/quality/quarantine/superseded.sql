-- Findings that merge a row into the copy that a person sent in for it, once the copy
-- came in.
-- {rows} SQL for the rows still there
-- {rule} the name of the check
select
    s.import_id,
    s.line,
    '{rule}' as rule,
    'merge' as action,
    null::varchar as field,
    null::varchar as new,
    max_by(s.detail, s.new_import_id) as detail
from superseded as s
join {rows} as original using (import_id, line)
join
    raw_rows as sent_in
    on sent_in.import_id = s.new_import_id
    and sent_in.line = s.new_line
group by s.import_id, s.line
