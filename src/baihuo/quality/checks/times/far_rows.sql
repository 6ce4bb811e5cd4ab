-- Rows that did not come at once by their own clock: import_id, line, visitor_id,
-- platform, device, both times, offset_us, zone (half hours), is_group (the whole
-- platform is off).
-- {rows}          events with offset_us and zone
-- {jitter_us}     a clock this far ahead is left alone, µs
-- {min_behind_us} less behind than this is a slow connection, µs
select r.*, d.zone is not null as is_group
from {rows} as r
left join
    (select * from days where is_wrong) as d
    on d.import_id = r.import_id
    and d.platform is not distinct from r.platform
    and d.day = divide(r.received_at_us, 86400000000)
    and d.zone = r.zone
where offset_us > {jitter_us} or offset_us <= - {min_behind_us} or is_group
