-- TODO: what its rows are
-- {day_us}
-- {least}
-- {rows}
with
    busy as (
        select product_id, day + unnest([-1, 0, 1]) as day
        from
            (
                select product_id, divide(occurred_at_us, {day_us}) as day
                from {rows}
                where event_type in ('click', 'ad_click') and product_id is not null
                group by all
                having count(*) >= {least}
            )
    )
select import_id, line, visitor_id, product_id, occurred_at_us as at_us
from {rows} as r
semi join
    busy
    on busy.product_id = r.product_id
    and busy.day = divide(r.occurred_at_us, {day_us})
where event_type in ('click', 'ad_click')
