-- Rows whose clock is off by a constant amount: import_id, line, both times, shift_us
-- (to take off), is_zone, whose (import or visitor), clock, n (events that prove it).
--
-- A queue has many delays, a clock one error: most of what is off is off by it, and
-- some
-- was sent up to half an hour late on top. A constant delay could pass for a clock
-- behind, so that one has to hold for longer than a visit.
-- {half_hour_us}   half an hour, µs
-- {jitter_us}      how far from a whole zone an offset may be, µs
-- {min_events}     fewer rows prove nothing
-- {constant_us}    how long a clock behind ours must have been so, µs
-- {tolerance_us}   offsets that differ by no more than this are the same, µs
with
    by_device as (
        select *, median(offset_us) over clock as middle_us
        from far
        where not is_group
        window clock as (partition by visitor_id, platform, device)
    ),
    devices as (
        select
            *,
            {half_hour_us}
            * cast(round(middle_us / {half_hour_us}) as bigint) as zone_us,
            abs(middle_us - zone_us) <= {jitter_us} as is_zone,
            if(is_zone, zone_us, cast(middle_us as bigint)) as shift_us,
            'visitor' as whose,
            visitor_id as clock,
            count(*) filter (abs(offset_us - middle_us) <= {tolerance_us}) over clock
            as n
        from by_device
        window clock as (partition by visitor_id, platform, device)
        qualify
            n >= {min_events}
            and 2 * n >= count(*) over clock
            and (
                shift_us > 0
                or max(received_at_us) over clock - min(received_at_us) over clock
                >= {constant_us}
            )
    )
select
    *,
    zone * {half_hour_us} as shift_us,
    true as is_zone,
    'import' as whose,
    'import ' || import_id as clock
from far
where is_group
union all by name
select * exclude (middle_us, zone_us)
from devices
where offset_us - shift_us between - {half_hour_us} and {tolerance_us}
