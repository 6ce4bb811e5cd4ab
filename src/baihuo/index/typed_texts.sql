-- Texts of searches, and who typed them.
-- {searched} events of searches
select query_text, list(distinct visitor_id) as visitors
from {searched} as e
where visitor_id is not null
group by all
order by all
