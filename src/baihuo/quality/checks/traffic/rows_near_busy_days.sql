-- Events of actors on and beside their busy days, with step_us (µs that times are
-- rounded to) and client (platform/country).
-- {rows}      events: all columns that the rules of traffic read
-- {actor}     the column that says who acted: visitor_id or device
-- {busy_days} a SELECT of actor and day
with busy_days as ({busy_days})
select
    import_id,
    line,
    {actor} as actor,
    event_type,
    visitor_id,
    product_id,
    query_id,
    session_id,
    order_id,
    occurred_at_us as at_us,
    step_us,
    coalesce(platform, '') || '/' || coalesce(country, '') as client,
    device,
    dwell_ms
from {rows} as r
join resolution using (import_id)
semi join
    busy_days
    on busy_days.actor = {actor}
    and busy_days.day = divide(r.occurred_at_us, 86400000000)
