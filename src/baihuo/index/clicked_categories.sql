-- Where searches lead: the visitors who typed a key and clicked, put in the cart or
-- bought a product of a category. A visitor counts as one, shared over the products
-- touched; the key '' stands for all searches.
-- Tables: events (clean), keys (query_text, key), categories (product_id, code).
with
    typed as (
        select query_id, max(query_text) as query_text
        from events
        where query_id is not null and query_text is not null
        group by query_id
    ),
    touched as (
        select
            coalesce(e.query_text, typed.query_text) as query_text,
            e.visitor_id,
            e.product_id,
            max(
                case
                    e.event_type when 'click' then 1 when 'add_to_cart' then 2 else 3
                end
            ) as gain
        from events as e
        left join typed on e.query_id = typed.query_id
        where
            e.event_type in ('click', 'add_to_cart', 'purchase')
            and e.product_id is not null
            and coalesce(e.query_text, typed.query_text) is not null
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
