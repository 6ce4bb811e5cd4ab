-- The most frequent query texts, each with n, the number of pages it was typed for.
-- {n_queries} how many
select query_text, count(distinct coalesce(query_id, event_id)) as n
from events
where
    event_type in ('search', 'impression')
    and query_text is not null
    and trim(query_text) <> ''
group by query_text
order by n desc, query_text
limit {n_queries}
