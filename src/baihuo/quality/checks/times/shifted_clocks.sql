-- TODO: what its rows are
-- {half_hour_us}
-- {new}
with
    moved as (
        select
            import_id,
            line,
            occurred_at_us,
            received_at_us,
            k * {half_hour_us} as shift_us,
            true as is_zone,
            'import' as whose,
            cast(null as bigint) as n
        from odd
        where is_import
        union all
        select
            import_id,
            line,
            occurred_at_us,
            received_at_us,
            shift_us,
            is_zone,
            'visitor',
            n
        from odd
        join shifts using (visitor_id, platform, device)
        where
            not is_import
            and d > over_us
            and d <= up_to_us
            and (is_zone or shift_us < 0 or d > 0)
        qualify
            row_number() over (
                partition by import_id, line order by is_zone desc, shift_us
            )
            = 1
    )
select
    import_id,
    line,
    case when is_zone then 'wrong_time_zone' else 'skewed_clock' end as rule,
    'repair' as action,
    'occurred_at_us' as field,
    cast({new} as varchar) as new,
    cast(
        case
            when is_zone
            then
                to_json(
                    struct_pack(
                        field := 'occurred_at_us',
                        old := cast(occurred_at_us as varchar),
                        new := cast({new} as varchar),
                        ahead_minutes := divide(shift_us, 60000000),
                        whose := whose,
                        events := n
                    )
                )
            else
                to_json(
                    struct_pack(
                        field := 'occurred_at_us',
                        old := cast(occurred_at_us as varchar),
                        new := cast({new} as varchar),
                        ahead_seconds := round(shift_us / 1e6, 1),
                        events := n
                    )
                )
        end as varchar
    ) as detail
from moved
