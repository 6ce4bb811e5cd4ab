-- TODO: what its rows are
-- {first_us}
-- {half_life_us}
-- {kinds_sql}
-- {length}
-- {mine_sql}
-- {segment}
-- {value}
-- {weighed}
with
    {mine_sql},
    cut as (select *, {segment} as seg from mine where {kinds_sql}),
    weighed as (select k, seg, t, {weighed} as d from cut),
    moves as (
        select k, seg, t * 4 + 2 as tick, d, cast(null as bigint) as i
        from weighed
        union all
        select
            k, seg + 1, ({first_us} + (seg + 1) * {length}) * 4, sum(d) * {value}, null
        from weighed
        group by k, seg
        union all
        select k, divide((at_us - {first_us}), {length}), at_us * 4 + 1, 0.0, i
        from looks
        where at_us >= {first_us}
    ),
    ran as (
        select
            i,
            seg,
            tick,
            sum(d) over (
                partition by k, seg
                order by tick
                rows between unbounded preceding and current row
            ) as d
        from moves
    )
select
    i,
    d * power(
        2.0, - (divide(tick, 4) - {first_us} - seg * {length}) / {half_life_us}
    ) as c
from ran
where i is not null
