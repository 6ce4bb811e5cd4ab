-- Events of visitors on their busy days and the days around them, with client
-- (platform/country).
-- {rows}      events: all columns that the rules of traffic read
-- {busy_days} a SELECT of visitor_id and day
with busy_days as ({busy_days})
select
    * exclude (occurred_at_us, platform, country),
    occurred_at_us as at_us,
    coalesce(platform, '') || '/' || coalesce(country, '') as client
from {rows} as r
semi join
    busy_days
    on busy_days.visitor_id = r.visitor_id
    and busy_days.day = divide(r.occurred_at_us, 86400000000)
