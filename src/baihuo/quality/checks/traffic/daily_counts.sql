-- How often an actor did what on a day: actor, day (since 1970), n, and counts by
-- event type.
-- {rows}       events: the actor's column, event_type, occurred_at_us
-- {actor}      the column that says who acted: visitor_id or device
-- {hand_types} event types that a hand makes one by one, as an SQL list
select
    {actor} as actor,
    divide(occurred_at_us, 86400000000) as day,
    count(*) as n,
    count(*) filter (event_type in {hand_types}) as n_hand,
    count(*) filter (event_type = 'impression') as n_impressions,
    count(*) filter (event_type = 'search') as n_searches,
    count(*) filter (event_type = 'click') as n_clicks,
    count(*) filter (event_type = 'dwell') as n_dwells,
    count(*) filter (event_type = 'add_to_cart') as n_carts,
    count(*) filter (event_type = 'purchase') as n_order_lines,
    count(*) filter (event_type = 'ad_click') as n_ad_clicks
from {rows}
where {actor} is not null
group by all
