-- Clicks of visitors who only clicked, in an hour of a product that is mostly theirs,
-- and in the hours beside it: import_id, line, n (clicks in the hour), n_click_only,
-- from_us.
-- {crowd_clicks} so many clicks of such visitors in an hour
-- {crowd_share}  and so large a share of the hour's clicks, 0 to 1
with
    click_only as (
        select actor as visitor_id
        from days
        semi join clicks on clicks.visitor_id = days.actor
        group by actor
        having sum(n) = sum(n_clicks + n_ad_clicks) and sum(n) <= 3
    ),
    marked as (
        select
            product_id,
            divide(at_us, 3600000000) as hour,
            click_only.visitor_id is not null as is_click_only,
            import_id,
            line
        from clicks
        left join click_only using (visitor_id)
    ),
    hours as (
        select
            product_id,
            hour,
            count(*) as n,
            count(*) filter (is_click_only) as n_click_only
        from marked
        group by all
    ),
    coordinated as (
        select *
        from hours
        where n_click_only >= {crowd_clicks} and n_click_only >= {crowd_share} * n
    ),
    neighbours as (
        select
            h.product_id,
            h.hour,
            any_value(h.n) as n,
            any_value(h.n_click_only) as n_click_only
        from hours as h
        join
            coordinated as c
            on c.product_id = h.product_id
            and abs(h.hour - c.hour) <= 1
        where h.n_click_only >= {crowd_share} * h.n
        group by h.product_id, h.hour
    )
select import_id, line, n, n_click_only, hour * 3600000000 as from_us
from marked
join neighbours using (product_id, hour)
where is_click_only
