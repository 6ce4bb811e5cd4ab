-- Clicks and expected clicks of every product: product_id, n_shown, n_clicked, expected
-- (the mean click rate of the same surface and place, summed over its looks).
-- {before_us} only what was received before
with
    shown as (
        select query_id, product_id, surface, position
        from events
        where
            event_type = 'impression'
            and query_id is not null
            and product_id is not null
            and position is not null
            and received_at_us < {before_us}
        group by query_id, product_id, surface, position
    ),
    clicked as (
        select query_id, product_id
        from events
        where
            event_type = 'click'
            and query_id is not null
            and product_id is not null
            and received_at_us < {before_us}
        group by query_id, product_id
    ),
    looks as (
        select
            s.product_id,
            s.surface,
            s.position,
            case when c.query_id is null then 0 else 1 end as is_clicked
        from shown as s
        left join
            clicked as c on s.query_id = c.query_id and s.product_id = c.product_id
    ),
    places as (
        select surface, position, avg(is_clicked) as rate
        from looks
        group by surface, position
    )
select
    l.product_id,
    count(*) as n_shown,
    sum(l.is_clicked) as n_clicked,
    sum(p.rate) as expected
from looks as l
join places as p on l.position = p.position and l.surface is not distinct from p.surface
group by l.product_id
order by l.product_id
