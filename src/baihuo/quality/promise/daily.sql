-- What the clean log says of each day it was received on (UTC): one row for each day
-- and name, n of total.
-- Tables: events (clean), quarantined, findings, steps (check, step).
-- {day_us} a day, µs
with
    kept as (select divide(received_at_us, {day_us}) as day, * from events),
    totals as (select day, count(*) as total from kept group by day),
    usual as (
        select product_id, currency, median(ln(1 + price_minor)) as log_price
        from kept
        where price_minor > 0
        group by product_id, currency
    ),
    touched as (
        select divide(rows.received_at_us, {day_us}) as day, steps.step
        from findings
        join steps on findings.check = steps.check
        join
            (
                select received_at_us, import_id || ':' || line as row_id
                from events
                union all
                select received_at_us, import_id || ':' || line
                from quarantined
            ) as rows
            on findings.row_id = rows.row_id
        where findings.action <> 'note' and findings.table = 'events'
    )
select day, 'counts.all' as name, count(*) as n, 0 as total
from kept
group by day
union all
select day, 'counts.visitors', count(distinct visitor_id), 0
from kept
group by day
union all
select day, 'counts.' || platform, count(*), 0
from kept
where platform is not null
group by day, platform
union all
select kept.day, 'shares.' || event_type, count(*), any_value(totals.total)
from kept
join totals on kept.day = totals.day
group by kept.day, event_type
union all
select
    day,
    'distributions.' || unnest(['starts', 'ends']),
    cast(round(24000 * unnest(spans) / {day_us}) as bigint),
    n
from
    (
        select
            day,
            count(*) as n,
            quantile_cont(received_at_us % {day_us}, [0.02, 0.98]) as spans
        from kept
        group by day
    )
union all
select
    kept.day,
    'shares.no_price',
    count(*) filter (price_minor is null),
    any_value(totals.total)
from kept
join totals on kept.day = totals.day
group by kept.day
union all
select
    day,
    'distributions.price',
    cast(round(1000 * median(ln(1 + price_minor))) as bigint),
    count(price_minor)
from kept
where price_minor > 0
group by day
union all
select
    day,
    'distributions.price_of_product',
    cast(round(1000 * median(ln(1 + price_minor) - log_price)) as bigint),
    count(*)
from kept
join usual using (product_id, currency)
where price_minor > 0
group by day
union all
select
    day,
    'distributions.quantity',
    cast(round(1000 * avg(ln(1 + quantity))) as bigint),
    count(quantity)
from kept
where quantity > 0
group by day
union all
select touched.day, 'dirt.' || step, count(*), any_value(totals.total)
from touched
join totals on touched.day = totals.day
group by touched.day, step
