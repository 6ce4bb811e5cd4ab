-- The placed products of the newest home pages, the first of each visitor since then:
-- query_id, product_id, position, is_clicked.
-- {of_whom} 1 = 1, or a condition on what a visitor touched first (t.first_us)
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
            e.query_id,
            e.visitor_id,
            e.product_id,
            min(e.position) as position,
            min(e.received_at_us) as at_us
        from events as e
        left join touched as t on e.visitor_id = t.visitor_id
        where e.event_type = 'impression' and e.surface = 'home'
            and e.query_id is not null and e.product_id is not null
            and e.received_at_us >= {cut_us}
            and ({of_whom})
        group by e.query_id, e.visitor_id, e.product_id
    ),
    pages as (
        select
            query_id,
            row_number() over (
                partition by visitor_id order by min(at_us), query_id
            ) as nth
        from shown
        group by query_id, visitor_id
    ),
    chosen as (
        select query_id
        from pages
        where nth = 1
        order by query_id
        limit {most}
    ),
    clicked as (
        select query_id, product_id
        from events
        where event_type = 'click' and query_id is not null
            and product_id is not null
        group by query_id, product_id
    )
select
    s.query_id,
    s.product_id,
    s.position,
    case when k.query_id is null then 0 else 1 end as is_clicked
from shown as s
join chosen as c on s.query_id = c.query_id
left join clicked as k
    on s.query_id = k.query_id and s.product_id = k.product_id
order by s.query_id, s.position, s.product_id
