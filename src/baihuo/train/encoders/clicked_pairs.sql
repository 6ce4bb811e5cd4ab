-- Queries and the products that were clicked, put in the cart or bought after them.
-- {searched}       events of searches
-- {least_visitors} who must have touched the product after typing the query
select product_id, query_text
from {searched} as e
where event_type in ('click', 'add_to_cart', 'purchase') and product_id is not null
group by all
having count(distinct visitor_id) >= {least_visitors}
order by all
