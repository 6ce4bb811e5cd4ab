-- Searches that visitors put in other words: the next search of a visit, after which
-- they touched a product.
-- Tables: events (clean).
-- {searched} events of searches
with
    searches as (
        select
            e.visitor_id,
            e.session_id,
            coalesce(e.query_id, e.event_id) as search,
            e.query_text,
            min(e.occurred_at_us) as at_us,
            list(distinct e.product_id) filter (
                where
                    e.event_type in ('click', 'add_to_cart', 'purchase')
                    and e.product_id is not null
            ) as touched
        from {searched} as e
        where e.visitor_id is not null
        group by all
    ),
    ordered as (
        select
            visitor_id,
            query_text,
            at_us,
            lead(query_text) over visit as next_text,
            lead(at_us) over visit as next_at_us,
            lead(touched) over visit as next_touched
        from searches
        window visit as (partition by visitor_id, session_id order by at_us, search)
    )
select query_text, next_text, list(distinct visitor_id) as visitors
from ordered
where
    next_text is not null
    and next_text <> query_text
    and len(next_touched) > 0
    and next_at_us - at_us <= 10 * 60 * 1000000
group by all
order by all
