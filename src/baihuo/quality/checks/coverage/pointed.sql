-- TODO: what its rows are
-- {hour_us}
-- {rows}
with
    near as (
        select
            hole,
            tail_us,
            import_id,
            line,
            occurred_at_us,
            lead(occurred_at_us) over (
                partition by hole order by occurred_at_us, import_id, line
            ) as next_us
        from {rows} as r
        join asked on divide(r.occurred_at_us, {hour_us}) = asked.hour
        where
            (asked.platform is null or asked.platform = r.platform)
            and (asked.kind is null or asked.kind = r.event_type)
    )
select hole, import_id, line, occurred_at_us as from_us, next_us
from near
qualify
    row_number() over (
        partition by hole
        order by
            coalesce(next_us, tail_us, occurred_at_us) - occurred_at_us desc,
            import_id,
            line
    )
    = 1
order by hole
