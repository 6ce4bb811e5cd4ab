-- Queries and the products that were clicked, put in the cart or bought after them.
-- Tables: events (clean).
-- {least_visitors} who must have touched the product after typing the query
with
    typed as (
        select query_id, max(query_text) as query_text
        from events
        where query_id is not null and query_text is not null
        group by query_id
    )
select e.product_id, coalesce(e.query_text, typed.query_text) as query_text
from events as e
left join typed on e.query_id = typed.query_id
where
    e.event_type in ('click', 'add_to_cart', 'purchase')
    and e.product_id is not null
    and coalesce(e.query_text, typed.query_text) is not null
group by all
having count(distinct e.visitor_id) >= {least_visitors}
order by all
