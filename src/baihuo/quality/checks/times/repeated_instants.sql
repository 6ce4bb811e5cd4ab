-- A visitor's instants with more events than one instant can hold: visitor_id,
-- occurred_at_us, is_stuck (our clock moved on meanwhile), is_export (many
-- visitors'). Of one visitor, only rows that came late
-- can show a clock that stands still, because such a clock falls behind.
-- The log is read twice: for the rows that came at once or far from their time, which
-- alone can be such, and for its totals.
-- {rows} events: event_id, event_type, visitor_id, occurred_at_us, received_at_us
-- {hand_types}    event types that a hand makes one by one, as an SQL list
-- {jitter_us}     a clock this far ahead is left alone, µs
-- {not_before_us} an earlier time is a clock that was never set, µs since 1970
-- {delay_us}      an event later than this is of another check, µs
-- {stuck_events}  so many events at one instant, where ours moved on
-- {stuck_us}      by so long, µs
-- {frozen_events} so many events at one instant, where ours is a copy
with
    suspects as materialized(
        select
            visitor_id,
            occurred_at_us,
            received_at_us,
            case when event_type in {hand_types} then event_id end as hand_event_id,
            occurred_at_us <= received_at_us + {jitter_us}
            and occurred_at_us >= received_at_us - {delay_us} as is_plausible
        from {rows}
        where
            (
                received_at_us = occurred_at_us
                or abs(received_at_us - occurred_at_us) >= {stuck_us}
            )
            and occurred_at_us >= {not_before_us}
    ),
    plausible as not materialized(select * from suspects where is_plausible),
    far as not materialized(
        select *
        from suspects
        where
            abs(received_at_us - occurred_at_us) >= {stuck_us}
            and occurred_at_us % 60000000 <> 0
    ),
    totals as materialized(
        select
            count(*) as n_all,
            count(*) filter (occurred_at_us % 60000000 <> 0) as n_fine,
            max(occurred_at_us) - min(occurred_at_us) as span_us,
            max(received_at_us) - min(received_at_us) as received_span_us
        from {rows}
        where
            occurred_at_us <= received_at_us + {jitter_us}
            and occurred_at_us >= {not_before_us}
            and occurred_at_us >= received_at_us - {delay_us}
    ),
    instants as (
        select visitor_id, occurred_at_us, true as is_stuck, false as is_export
        from plausible
        where received_at_us - occurred_at_us >= {stuck_us}
        group by visitor_id, occurred_at_us
        having
            count(*) >= {stuck_events}
            and max(received_at_us) - min(received_at_us) >= {stuck_us}
        union all
        -- whole minutes (or days) were rounded by whoever exported the log
        select visitor_id, occurred_at_us, false, false
        from plausible
        where
            hand_event_id is not null
            and received_at_us = occurred_at_us
            and occurred_at_us % 60000000 <> 0
        group by visitor_id, occurred_at_us
        having count(distinct hand_event_id) >= {frozen_events}
        union all
        -- an export gave its own time to events of many visitors: far more than come in
        -- a second, in a log that has times within the minute
        select distinct visitor_id, occurred_at_us, false, true
        from plausible
        semi join
            (
                select occurred_at_us
                from plausible
                cross join totals
                where received_at_us = occurred_at_us and 2 * n_fine > n_all
                group by occurred_at_us
                having
                    count(*) >= {frozen_events}
                    and count(distinct visitor_id) >= {frozen_events} / 2
                    and count(*) * any_value(span_us)
                    >= 20 * 1000000.0 * any_value(n_all)
            ) using (occurred_at_us)
        where received_at_us = occurred_at_us
        union all
        -- the same, where ours moved on: it is the time of each
        select distinct visitor_id, occurred_at_us, true, true
        from far
        semi join
            (
                select occurred_at_us
                from far
                group by occurred_at_us
                having
                    count(*) >= {frozen_events}
                    and count(distinct visitor_id) >= {frozen_events} / 2
                    and max(received_at_us) - min(received_at_us) >= {stuck_us}
                    and count(*) * (select received_span_us from totals)
                    >= 20 * 1000000.0 * (select n_all from totals)
            ) using (occurred_at_us)
    )
select visitor_id, occurred_at_us, is_stuck, bool_or(is_export) as is_export
from instants
group by visitor_id, occurred_at_us, is_stuck
