-- Click rates worth a test, of a visitor or of an ad in an hour: visitor_id,
-- product_id, hour (since 1970), n_shown, n_clicks, usual_rate (clicks/impressions
-- that chance is tested with). Usual is what visitors of few clicks do. An ad's own
-- rate, outside the hour, is drawn to that by 200 impressions and is taken for no more
-- than five times it.
-- {min_clicks} rates of fewer clicks are not tested
with
    first_clicks as (select * from clicks where is_shown and not is_repeat),
    by_visitor as (
        select visitor_id, count(*) filter (not is_click) as n_shown, 0 as n_clicks
        from ads
        group by visitor_id
        union all
        select visitor_id, 0, count(*)
        from first_clicks
        group by visitor_id
    ),
    visitors as (
        select
            visitor_id,
            cast(sum(n_shown) as bigint) as n_shown,
            cast(sum(n_clicks) as bigint) as n_clicks
        from by_visitor
        group by visitor_id
    ),
    typical as (
        select greatest(sum(n_clicks) / nullif(sum(n_shown), 0), 0.001) as rate
        from visitors
        where n_clicks < {min_clicks}
    ),
    by_hour as (
        select
            product_id,
            divide(at_us, 3600000000) as hour,
            count(*) as n_shown,
            0 as n_clicks
        from ads
        where not is_click
        group by all
        union all
        select product_id, divide(at_us, 3600000000), 0, count(*)
        from first_clicks
        group by all
    ),
    hours as (
        select
            product_id,
            hour,
            cast(sum(n_shown) as bigint) as n_shown,
            cast(sum(n_clicks) as bigint) as n_clicks
        from by_hour
        group by all
    ),
    ads_whole as (
        select product_id, sum(n_shown) as n_shown_all, sum(n_clicks) as n_clicks_all
        from hours
        group by product_id
    )
select
    visitor_id,
    cast(null as varchar) as product_id,
    cast(null as bigint) as hour,
    n_shown,
    n_clicks,
    cast(coalesce(rate, 0.02) as double) as usual_rate
from visitors, typical
where n_clicks >= {min_clicks}
union all
select
    null,
    product_id,
    hour,
    n_shown,
    n_clicks,
    cast(
        least(
            (n_clicks_all - n_clicks + 200 * coalesce(rate, 0.02))
            / (n_shown_all - n_shown + 200),
            5 * coalesce(rate, 0.02),
            0.5
        ) as double
    )
from hours
join ads_whole using (product_id), typical
where n_clicks >= {min_clicks}
