-- Rates worth a test. Usual is what visitors of few clicks do; an ad's own rate,
-- outside the hour, is
-- drawn to it by 200 impressions and is taken for no more than five times it.
-- {least}
with
    firsts as (select * from clicks where is_shown and not is_again),
    by_visitor as (
        select visitor_id, count(*) filter (not is_click) as n_shown, 0 as n_clicks
        from ads
        group by visitor_id
        union all
        select visitor_id, 0, count(*)
        from firsts
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
    log as (
        select greatest(sum(n_clicks) / nullif(sum(n_shown), 0), 0.001) as usual
        from visitors
        where n_clicks < {least}
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
        from firsts
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
    whole as (
        select product_id, sum(n_shown) as shown, sum(n_clicks) as clicked
        from hours
        group by product_id
    )
select
    visitor_id,
    cast(null as varchar) as product_id,
    cast(null as bigint) as hour,
    n_shown,
    n_clicks,
    cast(coalesce(usual, 0.02) as double) as usual
from visitors, log
where n_clicks >= {least}
union all
select
    null,
    product_id,
    hour,
    n_shown,
    n_clicks,
    cast(
        least(
            (clicked - n_clicks + 200 * coalesce(usual, 0.02))
            / (shown - n_shown + 200),
            5 * coalesce(usual, 0.02),
            0.5
        ) as double
    )
from hours
join whole using (product_id), log
where n_clicks >= {least}
