-- The counts of offsets, where on a crowded day no visitor counts for more than ten
-- rows.
-- {rows}         events with offset_us and zone
-- {half_hour_us} half an hour, µs
-- {jitter_us}    how far from a whole zone an offset may be, µs
-- {limit_us}     a larger offset is a clock that was never set, µs
select * exclude (n_differ)
from offsets
anti join crowded using (import_id, platform, day)
union all
select
    import_id,
    platform,
    day,
    zone,
    cast(sum(least(n, 10)) as bigint) as n,
    cast(sum(least(n_near, 10)) as bigint) as n_near
from
    (
        select
            import_id,
            coalesce(platform, '') as platform,
            divide(received_at_us, 86400000000) as day,
            visitor_id,
            zone,
            count(*) as n,
            count(*) filter (
                abs(offset_us - zone * {half_hour_us}) <= {jitter_us}
            ) as n_near
        from {rows}
        where abs(offset_us) <= {limit_us}
        group by all
    )
semi join crowded using (import_id, platform, day)
group by import_id, platform, day, zone
