-- Visitors whom ads reached, and what they did from then on.
-- exposures: visitor_id, is_ghost, at_us of the first page with an ad or its ghost
-- purchases: of report_purchases.sql
with
    acts as (
        select
            visitor_id,
            count(*) filter (event_type = 'click') as organic_clicks,
            -- a day later: another visit, and not only another page
            max(received_at_us) >= any_value(at_us) + 86400000000 as returned
        from events
        join exposures using (visitor_id)
        where received_at_us >= at_us
        group by visitor_id
    ),
    bought as (
        select visitor_id, sum(value_minor) as sales_minor
        from purchases
        join exposures using (visitor_id)
        where purchases.at_us >= exposures.at_us
        group by visitor_id
    )
select
    is_ghost,
    coalesce(organic_clicks, 0)::double as organic_clicks,
    coalesce(returned, false)::double as returned,
    coalesce(sales_minor, 0)::double as sales_minor
from exposures
left join acts using (visitor_id)
left join bought using (visitor_id)
order by visitor_id
