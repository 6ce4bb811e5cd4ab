-- Average number of events of the same visitor within an hour, over events; a row
-- per platform, and one (platform null) of all. Reads every seventeenth hour.
--
-- {rows} the events left, with visitor_id, platform and occurred_at_us
-- {hour_us} an hour, µs
with
    visitor_hours as (
        select visitor_id, platform, count(*) as n
        from {rows}
        where (divide(occurred_at_us, {hour_us})) % 17 = 0
        group by divide(occurred_at_us, {hour_us}), visitor_id, platform
    )
select platform, sum(cast(n as double) * n) / sum(n) as burst
from visitor_hours
where platform is not null
group by platform
union all
select null, sum(cast(n as double) * n) / sum(n)
from visitor_hours
