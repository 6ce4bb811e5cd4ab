-- Findings: rows whose clock is off by a zone or a skew, repaired by that amount.
-- {half_hour_us} half an hour, µs
-- {jitter_us}    how far from a whole zone an offset may be, µs
with
    -- where times of a zone were seen: of a whole platform's day, or of one visitor's,
    -- for that day and the next
    seen as (
        select distinct
            import_id,
            platform,
            case when is_group then null else visitor_id end as visitor_id,
            divide(received_at_us, 86400000000) + unnest([0, 1]) as day,
            zone
        from offset_rows
        semi join known using (platform, zone)
        where abs(offset_us - zone * {half_hour_us}) <= {jitter_us}
    ),
    -- ahead of us by exactly such a zone; or by less, among rows that are: those came
    -- late
    of_release as (
        select r.*, coalesce(max(k.zone), max(s.zone)) as release_zone
        from offset_rows as r
        left join
            known as k
            on k.platform = r.platform
            and k.zone = r.zone
            and abs(r.offset_us - r.zone * {half_hour_us}) <= {jitter_us}
        left join
            seen as s
            on s.import_id = r.import_id
            and s.platform = r.platform
            and s.day = divide(r.received_at_us, 86400000000)
            and s.zone >= r.zone
            and coalesce(s.visitor_id, r.visitor_id) = r.visitor_id
        where not is_group and offset_us > {jitter_us}
        group by all
        having release_zone is not null
    ),
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
        anti join of_release using (import_id, line)
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
        union all
        select
            import_id,
            line,
            occurred_at_us,
            received_at_us,
            release_zone * {half_hour_us},
            true,
            'release',
            coalesce(nullif(platform, ''), 'import ' || import_id),
            null
        from of_release
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
