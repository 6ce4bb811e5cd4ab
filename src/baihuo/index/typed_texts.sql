-- Texts of searches, and who typed them.
-- Tables: events (clean).
with
    typed as (
        select query_id, max(query_text) as query_text
        from events
        where query_id is not null and query_text is not null
        group by query_id
    )
select
    coalesce(e.query_text, typed.query_text) as query_text,
    list(distinct e.visitor_id) as visitors
from events as e
left join typed on e.query_id = typed.query_id
where coalesce(e.query_text, typed.query_text) is not null and e.visitor_id is not null
group by all
order by all
