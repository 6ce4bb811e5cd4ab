-- TODO: what its rows are
-- {browsing}
-- {idle_us}
-- {since}
with
    rows as (
        select
            r.*,
            is_other,
            n_visitors,
            event_type in {browsing} as is_browsing,
            {since} as since_us
        from suspects as r
        join verdicts using (session_id, visitor_id)
    ),
    timed as (
        select
            *,
            max(case when is_browsing then occurred_at_us end) over (
                partition by session_id, visitor_id
                order by occurred_at_us, import_id, line
                rows between unbounded preceding and 1 preceding
            ) as before_us
        from rows
    ),
    cut as (
        select
            *,
            case
                when is_browsing and since_us - before_us > {idle_us}
                then since_us - before_us
            end as idle_us
        from timed
    ),
    pieces as (
        select
            *,
            count(idle_us) over w as n_cuts,
            max(case when idle_us is not null then since_us end) over w as cut_at_us,
            max(idle_us) over w as longest_us
        from cut
        window
            w as (
                partition by session_id, visitor_id
                order by occurred_at_us, import_id, line
                rows between unbounded preceding and current row
            )
    ),
    named as (
        -- a cancel or a review days later belongs to the visit of the order, wherever
        -- that was
        select
            *,
            case when event_type in ('cancel', 'review') then 0 else n_cuts end as piece
        from pieces
    ),
    renamed as (
        select
            *,
            session_id
            || '~'
            || substr(
                md5(
                    session_id
                    || '|'
                    || visitor_id
                    || '|'
                    || case when piece = 0 then '' else cast(cut_at_us as varchar) end
                ),
                1,
                8
            ) as new
        from named
        where is_other or piece > 0
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
            when piece > 0
            then
                to_json(
                    struct_pack(
                        field := 'session_id',
                        old := session_id,
                        new := new,
                        because := 'idle',
                        idle_hours := round(longest_us / 3600000000.0, 1),
                        visit := piece + 1
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
