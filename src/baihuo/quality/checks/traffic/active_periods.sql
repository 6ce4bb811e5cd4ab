-- TODO: what its rows are
-- {pause_us}
with
    gaps as (
        select
            *,
            at_us - lag(at_us) over (partition by who order by at_us) as gap_us,
            at_us
            - lag(at_us) over (partition by who, kind order by at_us) as kind_gap_us
        from done
    )
select
    who,
    kind,
    at_us,
    product_id,
    step_us,
    case
        when kind_gap_us between greatest(500000, 10 * step_us) and {pause_us}
        then kind_gap_us
    end as kind_gap_us,
    sum(case when gap_us <= {pause_us} then 0 else 1 end) over (
        partition by who order by at_us rows unbounded preceding
    ) as stint,
    sum(case when gap_us <= 10000000 and step_us <= 1000000 then 0 else 1 end) over (
        partition by who order by at_us rows unbounded preceding
    ) as run
from gaps
