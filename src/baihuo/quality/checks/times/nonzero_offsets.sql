-- TODO: what its rows are
-- {limit_us}
-- {rows}
select
    r.import_id,
    r.line,
    visitor_id,
    coalesce(r.platform, '') as platform,
    coalesce(device, '') as device,
    occurred_at_us,
    received_at_us,
    d,
    r.k,
    z.k is not null as is_import
from {rows} as r
left join
    zones as z
    on z.import_id = r.import_id
    and z.platform = coalesce(r.platform, '')
    and z.k = r.k
    and z.day = divide(r.received_at_us, 86400000000)
where r.k <> 0 and abs(d) <= {limit_us}
