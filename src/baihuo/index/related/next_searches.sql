-- Which of some searches follow which in visits, and how many visitors did so.
-- Tables: keys: query_text, key (of the searches that count).
-- {searched} events of searches
with
    searches as (
        select
            e.visitor_id,
            e.session_id,
            coalesce(e.query_id, e.event_id) as search,
            keys.key,
            min(e.occurred_at_us) as at_us
        from {searched} as e
        join keys on e.query_text = keys.query_text
        where e.visitor_id is not null
        group by all
    ),
    ordered as (
        select
            *,
            lag(key) over (
                partition by visitor_id, session_id order by at_us, search
            ) as key_before
        from searches
    ),
    changed as (
        select
            visitor_id,
            key,
            at_us,
            lead(key) over visit as next_key,
            lead(at_us) over visit as next_at_us
        from ordered
        where key_before is distinct from key
        window visit as (partition by visitor_id, session_id order by at_us, search)
    )
select key, next_key, count(distinct visitor_id) as n_visitors
from changed
where next_key is not null and next_at_us - at_us <= 30 * 60 * 1000000
group by all
having count(distinct visitor_id) > 1
order by all
