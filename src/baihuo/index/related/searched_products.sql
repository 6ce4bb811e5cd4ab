-- Products that visitors clicked, put in the cart or bought after some searches.
-- Tables: keys: query_text, key (of the searches that count).
-- {searched} events of searches
select keys.key, e.product_id, count(distinct e.visitor_id) as n_visitors
from {searched} as e
join keys on e.query_text = keys.query_text
where
    e.event_type in ('click', 'add_to_cart', 'purchase')
    and e.product_id is not null
    and e.visitor_id is not null
group by all
order by all
