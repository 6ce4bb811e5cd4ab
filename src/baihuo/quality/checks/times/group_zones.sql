-- a platform's whole day in an import, or all its days, if nearly all of it is off by
-- half hours
-- {group_rows}
-- {share}
with
    at_days as (
        select
            *,
            sum(n) over w as n_all,
            sum(case when k <> 0 then n_near else 0 end) over w as n_off
        from offsets
        window w as (partition by import_id, platform, day)
    ),
    whole as (
        select
            *,
            sum(n) over w as n_all,
            sum(case when k <> 0 then n_near else 0 end) over w as n_off
        from
            (
                select
                    import_id,
                    platform,
                    k,
                    cast(sum(n) as bigint) as n,
                    cast(sum(n_near) as bigint) as n_near
                from offsets
                group by all
            )
        window w as (partition by import_id, platform)
    )
select import_id, platform, day, k
from at_days
where
    k <> 0
    and n_all >= {group_rows}
    and n_off >= {share} * n_all
    and n_near >= 0.02 * n_all
    and n_near >= 0.5 * n
union
select o.import_id, o.platform, o.day, o.k
from offsets as o
join whole as g using (import_id, platform, k)
where
    k <> 0
    and n_all >= {group_rows}
    and n_off >= {share} * n_all
    and g.n_near >= 0.02 * n_all
    and g.n_near >= 0.5 * g.n
