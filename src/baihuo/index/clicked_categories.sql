-- Where searches lead: the visitors who typed a key and clicked, put in the cart or
-- bought a product of a category. A visitor counts as one, shared over the products
-- touched; the key '' stands for all searches.
-- Tables: keys (query_text, key), categories (product_id, code).
-- {searched} events of searches
with
    touched as (
        select
            query_text,
            visitor_id,
            product_id,
            max(
                case event_type when 'click' then 1 when 'add_to_cart' then 2 else 3 end
            ) as gain
        from {searched} as e
        where
            event_type in ('click', 'add_to_cart', 'purchase')
            and product_id is not null
        group by all
    ),
    by_key as (
        select '' as key, visitor_id, product_id, gain
        from touched
        union all
        select keys.key, touched.visitor_id, touched.product_id, touched.gain
        from touched
        join keys on touched.query_text = keys.query_text
    ),
    shares as (
        select
            by_key.key,
            by_key.visitor_id,
            coalesce(categories.code, -1) as code,
            by_key.gain / sum(by_key.gain) over (
                partition by by_key.key, by_key.visitor_id
            ) as share
        from by_key
        left join categories on by_key.product_id = categories.product_id
    )
select key, code, count(distinct visitor_id) as n_visitors, sum(share) as visitors
from shares
group by key, code
order by key, code
