-- Reports of ads that stayed in the log: clicks and viewable impressions.
-- {from_us} from when on
select
    event_type = 'ad_click' as is_click,
    visitor_id,
    query_id,
    product_id,
    received_at_us as at_us
from events
where
    event_type in ('ad_click', 'ad_impression')
    and query_id is not null
    and product_id is not null
    and received_at_us >= {from_us}
order by at_us, query_id, product_id, is_click
