-- Hours and days in which a log that usually has views has next to none: platform
-- (null: of all), starts_us, ends_us. A purchase in it, or soon after it, may have
-- had a
-- view that was lost.
-- {rows}       events: event_type, platform, occurred_at_us
-- {view_types} event types that prove a view, as an SQL list
-- {max_share}  of the usual views of such an hour or day, 0 to 1
-- {min_usual}  views that are usual then; fewer say nothing
with
    lengths as (select unnest([3600000000, 86400000000]) as length_us),
    -- hours first: a day's are few, and the log is read once for both lengths
    hours as (
        select platform, divide(occurred_at_us, 3600000000) as hour, count(*) as n
        from {rows}
        where event_type in {view_types}
        group by all
    ),
    counted as (
        select length_us, platform, period, sum(n) as n
        from
            hours,
            lengths,
            lateral(select divide(hour * 3600000000, length_us) as period)
        group by grouping sets ((length_us, platform, period), (length_us, period))
    ),
    spans as (
        select length_us, platform, min(period) as first, max(period) as last
        from counted
        group by all
        having last - first between 3 and 100000
    ),
    periods as (
        select
            s.length_us,
            s.platform,
            s.period,
            coalesce(n, 0) as n,
            median(coalesce(n, 0)) over (
                partition by
                    s.length_us,
                    s.platform,
                    case when s.length_us = 3600000000 then s.period % 24 else 0 end
            ) as usual
        from
            (
                select length_us, platform, unnest(range(first, last + 1)) as period
                from spans
            ) as s
        left join
            counted as c
            on c.length_us = s.length_us
            and c.platform is not distinct from s.platform
            and c.period = s.period
    )
select platform, period * length_us as starts_us, (period + 1) * length_us as ends_us
from periods
where usual >= {min_usual} and n <= {max_share} * usual
