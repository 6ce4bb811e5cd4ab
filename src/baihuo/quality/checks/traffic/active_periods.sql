-- User actions with the period and the burst that each is in. A period ends with a
-- long pause, a burst with ten seconds without an action. action_gap_us: µs since the
-- last action of the same kind, null where rounded times or a pause say nothing.
-- {pause_us} a pause that ends a period, µs
with
    gaps as (
        select
            *,
            at_us - lag(at_us) over (partition by actor order by at_us) as gap_us,
            at_us - lag(at_us) over (
                partition by actor, action order by at_us
            ) as action_gap_us
        from actions
    )
select
    actor,
    action,
    at_us,
    product_id,
    step_us,
    case
        when action_gap_us between greatest(500000, 10 * step_us) and {pause_us}
        then action_gap_us
    end as action_gap_us,
    sum(case when gap_us <= {pause_us} then 0 else 1 end) over (
        partition by actor order by at_us rows unbounded preceding
    ) as period,
    sum(case when gap_us <= 10000000 and step_us <= 1000000 then 0 else 1 end) over (
        partition by actor order by at_us rows unbounded preceding
    ) as burst
from gaps
