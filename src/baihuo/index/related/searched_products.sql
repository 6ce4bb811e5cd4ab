-- Products that visitors clicked, put in the cart or bought after some searches.
-- Tables: events (clean); keys: query_text, key (of the searches that count).
with
    typed as (
        select query_id, max(query_text) as query_text
        from events
        where query_id is not null and query_text is not null
        group by query_id
    )
select keys.key, e.product_id, count(distinct e.visitor_id) as n_visitors
from events as e
left join typed on e.query_id = typed.query_id
join keys on coalesce(e.query_text, typed.query_text) = keys.query_text
where
    e.event_type in ('click', 'add_to_cart', 'purchase')
    and e.product_id is not null
    and e.visitor_id is not null
group by all
order by all
