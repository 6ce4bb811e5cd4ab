-- TODO: what its rows are
-- {day_us}
-- {hand}
-- {rows}
-- {who}
select
    {who} as who,
    divide(occurred_at_us, {day_us}) as day,
    count(*) as n,
    count(*) filter (event_type in ({hand})) as n_hand,
    count(*) filter (event_type = 'impression') as n_impressions,
    count(*) filter (event_type = 'search') as n_searches,
    count(*) filter (event_type = 'click') as n_clicks,
    count(*) filter (event_type = 'dwell') as n_dwells,
    count(*) filter (event_type = 'add_to_cart') as n_carts,
    count(*) filter (event_type = 'purchase') as n_lines,
    count(*) filter (event_type = 'ad_click') as n_ad_clicks
from {rows}
where {who} is not null
group by all
