-- Findings: rows of merged sessions, each visit under a session id of its own,
-- a stray row under the id of its visit.
-- {idle_us}        a longer gap parts two visits, µs
-- {browsing_types} event types that happen during a visit, as an SQL list
-- {started_us}     SQL of when an event began, µs UTC
with
    rows as (
        select
            r.*,
            is_other,
            n_visitors,
            home_id,
            event_type in {browsing_types} as is_browsing,
            {started_us} as started_us
        from candidates as r
        join merged_ids using (session_id, visitor_id)
    ),
    with_earlier as (
        select
            *,
            max(case when is_browsing then occurred_at_us end) over (
                partition by session_id, visitor_id
                order by occurred_at_us, import_id, line
                rows between unbounded preceding and 1 preceding
            ) as earlier_until_us,
            max(case when is_browsing then received_at_us end) over (
                partition by session_id, visitor_id
                order by occurred_at_us, import_id, line
                rows between unbounded preceding and 1 preceding
            ) as earlier_received_us
        from rows
    ),
    with_cuts as (
        select
            *,
            -- a clock that jumps is no pause: ours must have seen it, too, where it is
            -- one (rows that came all at once tell nothing)
            case
                when
                    is_browsing
                    and started_us - earlier_until_us > {idle_us}
                    and (
                        received_at_us - earlier_received_us > {idle_us}
                        or received_at_us = earlier_received_us
                    )
                then started_us - earlier_until_us
            end as idle_us
        from with_earlier
    ),
    counted as (
        select
            *,
            count(idle_us) over w as n_cuts,
            max(case when idle_us is not null then started_us end) over w as cut_at_us,
            max(idle_us) over w as longest_idle_us
        from with_cuts
        window
            w as (
                partition by session_id, visitor_id
                order by occurred_at_us, import_id, line
                rows between unbounded preceding and current row
            )
    ),
    numbered as (
        -- a cancel or a review days later belongs to the visit of the order, wherever
        -- that was
        select
            *,
            case
                when event_type in ('cancel', 'review') then 0 else n_cuts
            end as visit_no
        from counted
    ),
    renamed as (
        select
            *,
            coalesce(
                home_id,
                session_id
                || '~'
                || substr(
                    md5(
                        session_id
                        || '|'
                        || visitor_id
                        || '|'
                        || case
                            when visit_no = 0 then '' else cast(cut_at_us as varchar)
                        end
                    ),
                    1,
                    8
                )
            ) as new
        from numbered
        where is_other or visit_no > 0
    )
select
    import_id,
    line,
    'merged_session' as rule,
    'repair' as action,
    'session_id' as field,
    new,
    cast(
        case
            when visit_no > 0
            then
                to_json(
                    struct_pack(
                        field := 'session_id',
                        old := session_id,
                        new := new,
                        because := 'idle',
                        idle_hours := round(longest_idle_us / 3600000000.0, 1),
                        visit := visit_no + 1
                    )
                )
            else
                to_json(
                    struct_pack(
                        field := 'session_id',
                        old := session_id,
                        new := new,
                        because := 'visitors',
                        visitors := n_visitors
                    )
                )
        end as varchar
    ) as detail
from renamed
