-- How many rows of an import, platform and day are off from our clock by which zone:
-- import_id, platform, day (since 1970), zone (half hours), n, n_differ (two times that
-- are not equal), is_wrong (nearly all of the day's rows are in this zone, most of
-- them to the minute).
-- {rows}           events with offset_us and zone
-- {half_hour_us}   half an hour, µs
-- {jitter_us}      how far from a whole zone an offset may be, µs
-- {group_rows}     fewer rows of a day prove nothing
-- {constant_share} share of the day's rows that must be in a wrong zone
with
    zones as (
        select
            import_id,
            platform,
            divide(received_at_us, 86400000000) as day,
            zone,
            count(*) as n,
            count(*) filter (offset_us <> 0) as n_differ,
            count(*) filter (
                abs(offset_us - zone * {half_hour_us}) <= {jitter_us}
            ) as n_near
        from {rows}
        group by all
    )
select
    *,
    zone <> 0
    and 2 * n_near >= n
    and n >= {group_rows}
    and n
    >= {constant_share}
    * sum(n) over (partition by import_id, platform, day) as is_wrong
from zones
