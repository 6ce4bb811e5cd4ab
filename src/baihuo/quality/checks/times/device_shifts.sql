-- What is wrong with the clock of a visitor's device, one row a zone or skew:
-- visitor_id, platform, device, zone (half hours, null for a skew), shift_us (to take
-- off), n (rows that prove it), above_us and up_to_us (offsets that it explains),
-- is_zone.
--
-- A queue sent in one go has many delays at one time of ours; a clock that stands
-- still has one time of its own: so both spans of time must be alike. A constant delay
-- could pass for a clock behind, so that one has to hold for longer than a visit, or
-- be whole half hours to within seconds. Some
-- visits may have been sent up to half an hour late on top; where most were, the upper
-- end of the offsets is the skew.
-- {half_hour_us}   half an hour, µs
-- {jitter_us}      how far from a whole zone an offset may be, µs
-- {min_events}     fewer rows prove nothing
-- {constant_share} share of the rows that are off that must be off by the same
-- {constant_us}    how long a clock behind ours must have been so, µs
-- {tolerance_us}   offsets that differ by no more than this are the same, µs
-- {min_behind_us}  less behind than this is a slow connection, µs
with
    by_device as (select * from offset_rows where not is_group),
    counted as (
        select
            visitor_id,
            platform,
            device,
            zone,
            count(*) filter (
                abs(offset_us - zone * {half_hour_us}) <= {jitter_us}
            ) as n,
            count(*) as n_rows,
            n >= {min_events}
            and n >= 0.3 * n_rows
            and max(occurred_at_us) - min(occurred_at_us)
            >= 0.5 * (max(received_at_us) - min(received_at_us))
            and (
                zone > 0
                or max(received_at_us) - min(received_at_us) >= {constant_us}
                -- whole hours to within seconds, while minutes passed: no queue does so
                or (
                    zone <= -2
                    and n = n_rows
                    and max(offset_us) - min(offset_us) <= 5000000
                    and max(received_at_us) - min(received_at_us) >= 120000000
                )
            ) as is_zone
        from by_device
        group by visitor_id, platform, device, zone
    ),
    weighted as (
        select
            *,
            sum(n_rows) over w as n_all,
            sum(case when is_zone then n_rows else 0 end) over w as n_in_zones
        from counted
        window w as (partition by visitor_id, platform, device)
    ),
    zones as (
        select * from weighted where is_zone and n_in_zones >= {constant_share} * n_all
    ),
    not_in_zones as (
        select *
        from by_device
        anti join zones using (visitor_id, platform, device, zone)
    ),
    middles as (
        select
            visitor_id,
            platform,
            device,
            count(*) as n_rows,
            unnest(
                list_distinct(
                    [quantile_disc(offset_us, 0.5), quantile_disc(offset_us, 0.9)]
                )
            ) as middle_us
        from not_in_zones
        group by visitor_id, platform, device
        having count(*) >= {min_events}
    ),
    skews as (
        select
            visitor_id,
            platform,
            device,
            count(*) filter (is_same) as n,
            quantile_disc(offset_us, 0.9) filter (is_same) as skew_us
        from
            (
                select *, abs(offset_us - middle_us) <= {tolerance_us} as is_same
                from not_in_zones
                join middles using (visitor_id, platform, device)
            )
        where
            offset_us between middle_us - {half_hour_us} and middle_us + {tolerance_us}
        group by visitor_id, platform, device, middle_us
        having
            n >= {min_events}
            and n >= 0.3 * any_value(n_rows)
            and count(*) >= {constant_share} * any_value(n_rows)
            and max(occurred_at_us) - min(occurred_at_us)
            >= 0.5 * (max(received_at_us) - min(received_at_us))
            and (
                skew_us > 0
                or (
                    skew_us <= - {min_behind_us}
                    and max(received_at_us) - min(received_at_us) >= {constant_us}
                )
            )
        qualify
            row_number() over (
                partition by visitor_id, platform, device
                order by count(*) desc, middle_us desc
            )
            = 1
    )
select
    visitor_id,
    platform,
    device,
    zone,
    zone * {half_hour_us} as shift_us,
    n,
    (zone - 1) * {half_hour_us} + {jitter_us} as above_us,
    zone * {half_hour_us} + {jitter_us} as up_to_us,
    true as is_zone
from zones
union all
select
    visitor_id,
    platform,
    device,
    null,
    skew_us,
    n,
    skew_us - {half_hour_us},
    skew_us + {tolerance_us},
    false
from skews
