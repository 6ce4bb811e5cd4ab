-- Impressions of search pages with a click, at their best position, and whether the
-- product was clicked.
-- Tables: events (clean).
with
    pages as (
        select
            query_id,
            max(query_text) as query_text,
            min(visitor_id) as visitor_id,
            min(occurred_at_us) as at_us
        from events
        where query_id is not null and query_text is not null
        group by query_id
    ),
    shown as (
        select query_id, product_id, min(position) as position
        from events
        where
            event_type = 'impression'
            and query_id is not null
            and product_id is not null
            and position is not null
        group by query_id, product_id
    ),
    clicked as (
        select distinct query_id, product_id
        from events
        where event_type = 'click' and query_id is not null
    ),
    clicked_pages as (
        select distinct clicked.query_id
        from clicked
        join
            shown
            on clicked.query_id = shown.query_id
            and clicked.product_id = shown.product_id
    )
select
    pages.query_text,
    shown.query_id,
    pages.visitor_id,
    pages.at_us,
    shown.product_id,
    shown.position,
    clicked.product_id is not null as is_clicked
from shown
join pages on shown.query_id = pages.query_id
join clicked_pages on shown.query_id = clicked_pages.query_id
left join
    clicked
    on shown.query_id = clicked.query_id
    and shown.product_id = clicked.product_id
order by pages.at_us, shown.query_id, shown.position, shown.product_id
