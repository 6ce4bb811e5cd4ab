-- Clicks on products on and beside days on which they were clicked often: import_id,
-- line, visitor_id, product_id, at_us.
-- {rows}       events: event_type, visitor_id, product_id, occurred_at_us
-- {min_clicks} clicks on a product in a day from which it is busy
with
    busy_days as (
        select product_id, day + unnest([-1, 0, 1]) as day
        from
            (
                select product_id, divide(occurred_at_us, 86400000000) as day
                from {rows}
                where event_type in ('click', 'ad_click') and product_id is not null
                group by all
                having count(*) >= {min_clicks}
            )
    )
select import_id, line, visitor_id, product_id, occurred_at_us as at_us
from {rows} as r
semi join
    busy_days
    on busy_days.product_id = r.product_id
    and busy_days.day = divide(r.occurred_at_us, 86400000000)
where event_type in ('click', 'ad_click')
