-- Rows that sent position 0, which the step schema has blanked: alone it is a mistake,
-- in a whole page it is a way of counting.
--
-- {zero_rows} the events left of those that were imported with position 0
select import_id, line, query_id, event_type
from {zero_rows}
where query_id is not null and position is null
