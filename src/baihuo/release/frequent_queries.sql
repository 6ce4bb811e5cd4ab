-- The most frequent query texts, each with one visitor who typed it.
-- {n_queries} how many
select query_text, min(visitor_id) as visitor_id
from events
where event_type in ('search', 'impression') and query_text is not null
group by query_text
order by count(*) desc, query_text
limit {n_queries}
