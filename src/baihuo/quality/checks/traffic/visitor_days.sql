-- What a visitor did on a day: visitor_id, day, is_newcomer (here on this day alone),
-- counts by event type, and shape (about how often what).
select
    actor as visitor_id,
    day,
    count(*) over (partition by actor) = 1 as is_newcomer,
    n_impressions + n_searches as n_pages,
    n_clicks + n_ad_clicks as n_clicks,
    n_dwells,
    n_carts + n_order_lines as n_interest,
    concat_ws(
        ' ',
        cast(floor(log2(1 + n_impressions)) as integer),
        cast(floor(log2(1 + n_searches)) as integer),
        cast(floor(log2(1 + n_clicks + n_ad_clicks)) as integer),
        cast(floor(log2(1 + n_dwells)) as integer),
        cast(floor(log2(1 + n_carts)) as integer),
        cast(floor(log2(1 + n_order_lines)) as integer)
    ) as shape
from days
