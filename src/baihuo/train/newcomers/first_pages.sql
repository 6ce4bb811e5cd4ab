-- The placed products of the newest home pages, the first of each visitor since then:
-- query_id, product_id, position, is_clicked.
-- {of_whom} a condition on the start of a page, p.at_us, and on the first touch of its
-- visitor, t.first_us
-- {cut_us} pages received from then on
-- {most} pages
with
    touched as (
        select visitor_id, min(received_at_us) as first_us
        from events
        where event_type in ('click', 'add_to_cart', 'purchase')
        group by visitor_id
    ),
    shown as (
        select
            query_id,
            visitor_id,
            product_id,
            min(position) as position,
            min(received_at_us) as at_us
        from events
        where
            event_type = 'impression'
            and surface = 'home'
            and query_id is not null
            and product_id is not null
            and received_at_us >= {cut_us}
        group by query_id, visitor_id, product_id
    ),
    pages as (
        select query_id, visitor_id, min(at_us) as at_us
        from shown
        group by query_id, visitor_id
    ),
    numbered as (
        select
            p.query_id,
            row_number() over (
                partition by p.visitor_id order by p.at_us, p.query_id
            ) as nth
        from pages as p
        left join touched as t on p.visitor_id = t.visitor_id
        where {of_whom}
    ),
    chosen as (
        select query_id from numbered where nth = 1 order by query_id limit {most}
    ),
    clicked as (
        select query_id, product_id
        from events
        where event_type = 'click' and query_id is not null and product_id is not null
        group by query_id, product_id
    )
select
    s.query_id,
    s.product_id,
    s.position,
    case when k.query_id is null then 0 else 1 end as is_clicked
from shown as s
join chosen as c on s.query_id = c.query_id
left join clicked as k on s.query_id = k.query_id and s.product_id = k.product_id
order by s.query_id, s.position, s.product_id
