-- Texts that visitors typed and then clicked, put in the cart or bought something.
-- {searched} events of searches
select query_text, list(distinct visitor_id) as visitors
from {searched} as e
where event_type in ('click', 'add_to_cart', 'purchase') and product_id is not null
group by all
order by all
