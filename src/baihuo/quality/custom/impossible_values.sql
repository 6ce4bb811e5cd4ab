-- The first new value of a repair that its column cannot hold.
-- {rows}        SQL for the rows still there
-- {sql_type}    the type of the column
-- {is_nullable} true or false: whether the column may be empty
select import_id, line, new
from results
join {rows} as present using (import_id, line)
where
    (not {is_nullable} and (new = '' or new is null))
    or (new is not null and try_cast(new as {sql_type}) is null)
order by all
limit 1
