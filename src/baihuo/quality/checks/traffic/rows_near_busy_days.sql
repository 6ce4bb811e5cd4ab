-- TODO: what its rows are
-- {day_us}
-- {days_busy}
-- {rows}
-- {who}
with busy as ({days_busy})
select
    import_id,
    line,
    {who} as who,
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
semi join busy on busy.who = r. {who} and busy.day = divide(r.occurred_at_us, {day_us})
