-- One row a user action: visitor_id, action, at_us. A page of impressions is one
-- action, an order is one, and so is everything put into the cart in one second.
select visitor_id, action, min(at_us) as at_us
from
    (
        select
            visitor_id,
            at_us,
            case
                when event_type in ('impression', 'search') then 'page' else event_type
            end as action,
            case
                when event_type in ('click', 'ad_click', 'review')
                then import_id || ':' || line
                when event_type in ('impression', 'search')
                then coalesce(query_id, 'at ' || divide(at_us, 10000000))
                when event_type = 'purchase'
                then coalesce(order_id, 'at ' || divide(at_us, 1000000))
                else 'at ' || divide(at_us, 1000000)
            end as part_of
        from busy_rows
        where event_type not in ('dwell', 'cancel', 'ad_impression')
    )
group by visitor_id, action, part_of
