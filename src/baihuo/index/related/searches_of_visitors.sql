-- Who typed which of some searches.
-- Tables: keys: query_text, key (of the searches that count).
-- {searched} events of searches
select distinct e.visitor_id, keys.key
from {searched} as e
join keys on e.query_text = keys.query_text
where e.visitor_id is not null
order by all
