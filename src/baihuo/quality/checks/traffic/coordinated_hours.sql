-- an hour that is a crowd's, and what of the same crowd falls into the hours beside it
-- {clicks}
-- {share}
with
    lone as (
        select who as visitor_id
        from days
        semi join clicks on clicks.visitor_id = days.who
        group by who
        having sum(n) = sum(n_clicks + n_ad_clicks) and sum(n) <= 3
    ),
    counted as (
        select
            product_id,
            divide(at_us, 3600000000) as hour,
            lone.visitor_id is not null as is_lone,
            import_id,
            line
        from clicks
        left join lone using (visitor_id)
    ),
    hours as (
        select product_id, hour, count(*) as n, count(*) filter (is_lone) as n_lone
        from counted
        group by all
    ),
    crowds as (select * from hours where n_lone >= {clicks} and n_lone >= {share} * n),
    around as (
        select h.product_id, h.hour, any_value(h.n) as n, any_value(h.n_lone) as n_lone
        from hours as h
        join crowds as c on c.product_id = h.product_id and abs(h.hour - c.hour) <= 1
        where h.n_lone >= {share} * h.n
        group by h.product_id, h.hour
    )
select import_id, line, n, n_lone, hour * 3600000000 as from_us
from counted
join around using (product_id, hour)
where is_lone
