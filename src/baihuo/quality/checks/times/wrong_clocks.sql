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
            visitor_id,
            platform,
            device,
            any_value(middle_us) as middle_us,
            {half_hour_us}
            * cast(round(any_value(middle_us) / {half_hour_us}) as bigint) as zone_us,
            abs(any_value(middle_us) - zone_us) <= {jitter_us} as is_zone,
            case
                when is_zone then zone_us else cast(any_value(middle_us) as bigint)
            end as shift_us,
            count(*) filter (abs(offset_us - middle_us) <= {tolerance_us}) as n
        from by_device
        group by visitor_id, platform, device
        having
            n >= {min_events}
            and 2 * n >= count(*)
            and (
                shift_us > 0
                or max(received_at_us) - min(received_at_us) >= {constant_us}
            )
    )
select
    import_id,
    line,
    occurred_at_us,
    received_at_us,
    zone * {half_hour_us} as shift_us,
    true as is_zone,
    'import' as whose,
    'import ' || import_id as clock,
    cast(null as bigint) as n
from far
where is_group
union all
select
    import_id,
    line,
    occurred_at_us,
    received_at_us,
    shift_us,
    is_zone,
    'visitor',
    f.visitor_id,
    n
from by_device as f
join
    devices as d
    on d.visitor_id = f.visitor_id
    and d.platform is not distinct from f.platform
    and d.device is not distinct from f.device
where offset_us - shift_us between - {half_hour_us} and {tolerance_us}
