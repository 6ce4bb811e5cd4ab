-- What pages of searches for a key had of a category: clicks, and the clicks that the
-- same places get on the pages of all searches (clicks over expected clicks, Zhang and
-- Jones 2007). Each visitor counts as one page.
-- Tables: events (clean), keys (query_text, key), categories (product_id, code).
with
    shown as (
        select
            query_id,
            product_id,
            min(visitor_id) as visitor_id,
            least(min(position), 100) as position
        from events
        where
            event_type = 'impression'
            and query_id is not null
            and product_id is not null
            and position is not null
        group by query_id, product_id
    ),
    pages as (
        select query_id, max(query_text) as query_text
        from events
        where query_id is not null and query_text is not null
        group by query_id
    ),
    clicked as (
        select distinct query_id, product_id
        from events
        where event_type = 'click' and query_id is not null
    ),
    placed as (
        select
            pages.query_text,
            shown.*,
            case when clicked.product_id is null then 0 else 1 end as is_clicked
        from shown
        join pages on shown.query_id = pages.query_id
        left join
            clicked
            on shown.query_id = clicked.query_id
            and shown.product_id = clicked.product_id
    ),
    rates as (
        select
            position,
            (sum(is_clicked) + 50 * (select avg(is_clicked) from placed))
            / (count(*) + 50) as rate
        from placed
        group by position
    ),
    of_key as (
        select keys.key, placed.*, rates.rate
        from placed
        join keys on placed.query_text = keys.query_text
        join rates on placed.position = rates.position
    ),
    n_pages as (
        select key, visitor_id, count(distinct query_id) as n
        from of_key
        group by key, visitor_id
    )
select
    of_key.key,
    coalesce(categories.code, -1) as code,
    sum(of_key.is_clicked / n_pages.n) as clicks,
    sum(of_key.rate / n_pages.n) as expected
from of_key
join n_pages on of_key.key = n_pages.key and of_key.visitor_id = n_pages.visitor_id
left join categories on of_key.product_id = categories.product_id
group by all
order by all
