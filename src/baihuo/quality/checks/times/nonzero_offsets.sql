-- Rows that did not come at once by their own clock: import_id, line, visitor_id,
-- platform, device, both times, offset_us, zone (half hours), is_group (the whole
-- platform is off).
-- {rows}     events with offset_us and zone
-- {limit_us} a larger offset is a clock that was never set, µs
select
    r.import_id,
    r.line,
    visitor_id,
    coalesce(r.platform, '') as platform,
    coalesce(device, '') as device,
    occurred_at_us,
    received_at_us,
    offset_us,
    r.zone,
    g.zone is not null as is_group
from {rows} as r
left join
    group_zones as g
    on g.import_id = r.import_id
    and g.platform = coalesce(r.platform, '')
    and g.zone = r.zone
    and g.day = divide(r.received_at_us, 86400000000)
where r.zone <> 0 and abs(offset_us) <= {limit_us}
