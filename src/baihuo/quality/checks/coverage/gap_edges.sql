-- For each gap the last row before its longest silence: gap, import_id, line,
-- from_us, next_us (the next row of the slice; null where the log ends).
--
-- {rows} the events left, with occurred_at_us, platform and event_type
-- {hour_us} an hour, µs
with
    gap_rows as (
        select
            gap,
            tail_us,
            import_id,
            line,
            occurred_at_us,
            lead(occurred_at_us) over (
                partition by gap order by occurred_at_us, import_id, line
            ) as next_us
        from {rows} as r
        join gap_hours on divide(r.occurred_at_us, {hour_us}) = gap_hours.hour
        where
            (gap_hours.platform is null or gap_hours.platform = r.platform)
            and (gap_hours.event_type is null or gap_hours.event_type = r.event_type)
    )
select gap, import_id, line, occurred_at_us as from_us, next_us
from gap_rows
qualify
    row_number() over (
        partition by gap
        order by
            coalesce(next_us, tail_us, occurred_at_us) - occurred_at_us desc,
            import_id,
            line
    )
    = 1
order by gap
