-- Clicks and impressions of ads: import_id, line, is_click, visitor_id, product_id,
-- platform, at_us.
-- {rows} events: event_type, visitor_id, product_id, platform, occurred_at_us
select
    import_id,
    line,
    event_type = 'ad_click' as is_click,
    visitor_id,
    product_id,
    coalesce(platform, '') as platform,
    occurred_at_us as at_us
from {rows}
where event_type in ('ad_click', 'ad_impression') and product_id is not null
