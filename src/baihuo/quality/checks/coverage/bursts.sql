-- TODO: what its rows are
-- {hour_us}
-- {rows}
with
    of_visitor as (
        select visitor_id, platform, count(*) as n
        from {rows}
        where (divide(occurred_at_us, {hour_us})) % 17 = 0
        group by divide(occurred_at_us, {hour_us}), visitor_id, platform
    )
select platform, sum(cast(n as double) * n) / sum(n) as burst
from of_visitor
where platform is not null
group by platform
union all
select null, sum(cast(n as double) * n) / sum(n)
from of_visitor
