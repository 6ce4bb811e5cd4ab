-- Findings: rows whose clock is off by a zone or a skew, repaired by that amount.
-- {half_hour_us} half an hour, µs
with
    shifted as (
        select
            import_id,
            line,
            occurred_at_us,
            received_at_us,
            zone * {half_hour_us} as shift_us,
            true as is_zone,
            'import' as scope,
            'import ' || import_id as whose,
            cast(null as bigint) as n
        from offset_rows
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
            visitor_id,
            n
        from offset_rows
        join shifts using (visitor_id, platform, device)
        where
            not is_group
            and offset_us > above_us
            and offset_us <= up_to_us
            and (is_zone or shift_us < 0 or offset_us > 0)
        qualify
            row_number() over (
                partition by import_id, line order by is_zone desc, shift_us
            )
            = 1
    ),
    repaired as (
        select
            *,
            cast(occurred_at_us as varchar) as old,
            cast(least(occurred_at_us - shift_us, received_at_us) as varchar) as new
        from shifted
    )
select
    import_id,
    line,
    case when is_zone then 'wrong_time_zone' else 'skewed_clock' end as rule,
    'repair' as action,
    'occurred_at_us' as field,
    new,
    cast(
        case
            when is_zone
            then
                to_json(
                    struct_pack(
                        field := 'occurred_at_us',
                        old := old,
                        new := new,
                        ahead_minutes := divide(shift_us, 60000000),
                        whose := scope,
                        clock := whose,
                        events := n
                    )
                )
            else
                to_json(
                    struct_pack(
                        field := 'occurred_at_us',
                        old := old,
                        new := new,
                        ahead_seconds := round(shift_us / 1e6, 1),
                        clock := whose,
                        events := n
                    )
                )
        end as varchar
    ) as detail
from repaired
