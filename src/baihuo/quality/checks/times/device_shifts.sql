-- One line a visitor's device and zone, or skew. A queue sent in one go has many
-- delays at one time
-- of ours; a clock that stands still has one time of its own: both spans must be
-- alike. A constant
-- delay could pass for a clock behind, so that one has to hold for longer than a
-- visit. Some visits
-- may have been sent up to half an hour late on top; where most were, the upper end
-- tells the skew.
-- {behind_us}
-- {constant_us}
-- {events}
-- {half_us}
-- {jitter_us}
-- {near}
-- {share}
-- {tolerance_us}
with
    own as (select * from odd where not is_import),
    counted as (
        select
            visitor_id,
            platform,
            device,
            k,
            count(*) filter ({near}) as n,
            count(*) as n_odd,
            n >= {events}
            and n >= 0.3 * n_odd
            and max(occurred_at_us) - min(occurred_at_us)
            >= 0.5 * (max(received_at_us) - min(received_at_us))
            and (
                k > 0 or max(received_at_us) - min(received_at_us) >= {constant_us}
            ) as is_zone
        from own
        group by visitor_id, platform, device, k
    ),
    weighed as (
        select
            *,
            sum(n_odd) over w as n_all,
            sum(case when is_zone then n_odd else 0 end) over w as n_in
        from counted
        window w as (partition by visitor_id, platform, device)
    ),
    zones as (select * from weighed where is_zone and n_in >= {share} * n_all),
    rest as (select * from own anti join zones using (visitor_id, platform, device, k)),
    middles as (
        select
            visitor_id,
            platform,
            device,
            count(*) as n_odd,
            unnest(
                list_distinct([quantile_disc(d, 0.5), quantile_disc(d, 0.9)])
            ) as middle
        from rest
        group by visitor_id, platform, device
        having count(*) >= {events}
    ),
    skews as (
        select
            visitor_id,
            platform,
            device,
            count(*) filter (is_in) as n,
            quantile_disc(d, 0.9) filter (is_in) as skew_us
        from
            (
                select *, abs(d - middle) <= {tolerance_us} as is_in
                from rest
                join middles using (visitor_id, platform, device)
            )
        where d between middle - {half_us} and middle + {tolerance_us}
        group by visitor_id, platform, device, middle
        having
            n >= {events}
            and n >= 0.3 * any_value(n_odd)
            and count(*) >= {share} * any_value(n_odd)
            and max(occurred_at_us) - min(occurred_at_us)
            >= 0.5 * (max(received_at_us) - min(received_at_us))
            and (
                skew_us > 0
                or (
                    skew_us <= - {behind_us}
                    and max(received_at_us) - min(received_at_us) >= {constant_us}
                )
            )
        qualify
            row_number() over (
                partition by visitor_id, platform, device
                order by count(*) desc, middle desc
            )
            = 1
    )
select
    visitor_id,
    platform,
    device,
    k,
    k * {half_us} as shift_us,
    n,
    (k - 1) * {half_us} + {jitter_us} as over_us,
    k * {half_us} + {jitter_us} as up_to_us,
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
    skew_us - {half_us},
    skew_us + {tolerance_us},
    false
from skews
