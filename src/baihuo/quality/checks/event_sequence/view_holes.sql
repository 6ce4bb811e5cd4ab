-- Times in which a log that usually has views has next to none: platform (null: of
-- all), starts_us, ends_us. A purchase in it, or soon after it, may have had a view
-- that was lost.
--
-- Views come in visits, so visitors are counted: an hour without the one visitor that
-- it usually has is no hole. Hours in a row are, where together they lack enough
-- visitors; and days, where a few are left.
-- {rows}       events: event_type, platform, visitor_id, occurred_at_us
-- {view_types} event types that prove a view, as an SQL list
-- {max_share}  of the usual visitors, 0 to 1
-- {min_usual}  visitors of all its hours that a hole lacks; fewer may be chance
with
    visits as (
        select distinct platform, divide(occurred_at_us, 3600000000) as hour, visitor_id
        from {rows}
        where event_type in {view_types}
    ),
    counted as (
        select platform, hour, count(*) as n
        from visits
        where platform is not null
        group by all
        union all
        select null, hour, count(*)
        from visits
        group by hour
    ),
    spans as (
        select platform, min(hour) as first, max(hour) as last
        from counted
        group by platform
        having last - first between 72 and 1000000
    ),
    hours as (
        select
            s.platform,
            s.hour,
            coalesce(n, 0) as n,
            -- of the other days but their greatest: one hour of a crowd is no measure
            (
                sum(coalesce(n, 0)) over same_hour
                - max(coalesce(n, 0)) over same_hour
                - coalesce(n, 0)
            )
            / (count(*) over same_hour - 2) as usual
        from
            (
                select
                    platform,
                    last - first as n_hours,
                    unnest(range(first, last + 1)) as hour
                from spans
            ) as s
        left join
            counted as c
            on c.hour = s.hour
            and c.platform is not distinct from s.platform
        -- of the week, once there are three: a shop may be closed on Saturdays
        window
            same_hour as (
                partition by
                    s.platform,
                    case when s.n_hours >= 504 then s.hour % 168 else s.hour % 24 end
            )
    ),
    runs as (
        -- consecutive hours have the same difference to their number
        select platform, min(hour) as starts, max(hour) + 1 as ends, sum(usual) as usual
        from
            (
                select
                    *,
                    hour
                    - row_number() over (partition by platform order by hour) as run
                from hours
                where n <= {max_share} * usual
            ) as low
        group by platform, run
    ),
    days as (
        select
            platform,
            divide(hour, 24) * 24 as starts,
            starts + 24 as ends,
            sum(n) as n,
            sum(usual) as usual
        from hours
        group by platform, divide(hour, 24)
    )
select platform, starts * 3600000000 as starts_us, ends * 3600000000 as ends_us
from
    (
        select platform, starts, ends, usual
        from runs
        union all
        select platform, starts, ends, usual
        from days
        where n <= {max_share} * usual
    )
where usual >= {min_usual}
