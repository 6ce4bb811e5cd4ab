-- How many rows of an import, platform and day are off from our clock by which zone:
-- import_id, platform, day (since 1970), zone (half hours), n, n_near (close to the
-- whole zone), n_differ (two times that are not equal).
-- {rows}         events with offset_us and zone
-- {half_hour_us} half an hour, µs
-- {jitter_us}    how far from a whole zone an offset may be, µs
-- {limit_us}     a larger offset is a clock that was never set, µs
select
    import_id,
    coalesce(platform, '') as platform,
    divide(received_at_us, 86400000000) as day,
    zone,
    count(*) as n,
    count(*) filter (abs(offset_us - zone * {half_hour_us}) <= {jitter_us}) as n_near,
    count(*) filter (offset_us <> 0) as n_differ
from {rows}
where abs(offset_us) <= {limit_us}
group by all
