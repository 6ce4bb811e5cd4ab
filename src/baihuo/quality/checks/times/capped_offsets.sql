-- TODO: what its rows are
-- {day_us}
-- {limit_us}
-- {near}
-- {rows}
select * exclude (n_differ)
from offsets
anti join crowded using (import_id, platform, day)
union all
select
    import_id,
    platform,
    day,
    k,
    cast(sum(least(n, 10)) as bigint) as n,
    cast(sum(least(n_near, 10)) as bigint) as n_near
from
    (
        select
            import_id,
            coalesce(platform, '') as platform,
            divide(received_at_us, {day_us}) as day,
            visitor_id,
            k,
            count(*) as n,
            count(*) filter ({near}) as n_near
        from {rows}
        where abs(d) <= {limit_us}
        group by all
    )
semi join crowded using (import_id, platform, day)
group by import_id, platform, day, k
