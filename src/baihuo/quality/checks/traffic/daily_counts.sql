-- How often a visitor did what on a day: visitor_id, day (since 1970), n, n_hand
-- (what a hand does one by one), and counts by event type.
-- {rows} events: visitor_id, event_type, occurred_at_us
select
    visitor_id,
    divide(occurred_at_us, 86400000000) as day,
    count(*) as n,
    count(*) filter (
        event_type
        in ('click', 'search', 'add_to_cart', 'remove_from_cart', 'review', 'ad_click')
    ) as n_hand,
    count(*) filter (event_type = 'impression') as n_impressions,
    count(*) filter (event_type in ('click', 'ad_click')) as n_clicks,
    count(*) filter (event_type = 'ad_click') as n_ad_clicks,
    count(*) filter (event_type = 'dwell') as n_dwells,
    count(*) filter (event_type in ('add_to_cart', 'purchase')) as n_carts
from {rows}
where visitor_id is not null
group by all
