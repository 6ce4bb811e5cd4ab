-- A platform's day in an import whose times are in a wrong zone: import_id, platform,
-- day, zone (half hours). One day, or all days of the platform, if nearly all rows are
-- off.
-- {group_rows} fewer rows prove nothing
-- {zone_share} share of rows that must be in a wrong zone
with
    by_day as (
        select
            *,
            sum(n) over w as n_all,
            sum(case when zone <> 0 then n_near else 0 end) over w as n_off
        from offsets
        window w as (partition by import_id, platform, day)
    ),
    by_platform as (
        select
            *,
            sum(n) over w as n_all,
            sum(case when zone <> 0 then n_near else 0 end) over w as n_off
        from
            (
                select
                    import_id,
                    platform,
                    zone,
                    cast(sum(n) as bigint) as n,
                    cast(sum(n_near) as bigint) as n_near
                from offsets
                group by all
            )
        window w as (partition by import_id, platform)
    )
select import_id, platform, day, zone
from by_day
where
    zone <> 0
    and n_all >= {group_rows}
    and n_off >= {zone_share} * n_all
    and n_near >= 0.02 * n_all
    and n_near >= 0.5 * n
union
select o.import_id, o.platform, o.day, o.zone
from offsets as o
join by_platform as p using (import_id, platform, zone)
where
    zone <> 0
    and n_all >= {group_rows}
    and n_off >= {zone_share} * n_all
    and p.n_near >= 0.02 * n_all
    and p.n_near >= 0.5 * p.n
