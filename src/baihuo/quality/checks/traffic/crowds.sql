-- Clicks of visitors who only clicked, on a product within an hour of so many more of
-- them, who are most of those who clicked it then: import_id, line, product_id, n
-- (clicks within the hour), n_alone (those of such visitors).
-- {rows}         events: event_type, visitor_id, product_id, occurred_at_us
-- {crowd_clicks} so many clicks of such visitors
-- {crowd_share}  and so large a share of the clicks, 0 to 1
-- {hour_us}      an hour, µs
with
    alone as (
        select visitor_id
        from days
        group by visitor_id
        having sum(n) = sum(n_clicks) and sum(n) <= 3
    ),
    clicks as (
        select
            import_id,
            line,
            product_id,
            occurred_at_us,
            alone.visitor_id is not null as is_alone
        from {rows}
        left join alone using (visitor_id)
        where event_type in ('click', 'ad_click') and product_id is not null
    ),
    counted as (
        select
            *, count(*) over near as n, count(*) filter (is_alone) over near as n_alone
        from clicks
        where
            product_id in (
                select product_id
                from clicks
                where is_alone
                group by product_id
                having count(*) >= {crowd_clicks}
            )
        window
            near as (
                partition by product_id
                order by
                    occurred_at_us
                    range between {hour_us} preceding and {hour_us} following
            )
    )
select import_id, line, product_id, n, n_alone
from counted
where is_alone and n_alone >= {crowd_clicks} and n_alone >= {crowd_share} * n
