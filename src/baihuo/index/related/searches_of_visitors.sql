-- Who typed which of some searches.
-- Tables: events (clean); keys: query_text, key (of the searches that count).
with
    typed as (
        select query_id, max(query_text) as query_text
        from events
        where query_id is not null and query_text is not null
        group by query_id
    )
select e.visitor_id, keys.key
from events as e
left join typed on e.query_id = typed.query_id
join keys on coalesce(e.query_text, typed.query_text) = keys.query_text
where e.visitor_id is not null
group by all
order by all
