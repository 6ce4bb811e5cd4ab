-- Texts that visitors typed.
-- Tables: events (clean).
select query_text
from events
where query_text is not null
group by query_text
order by query_text
