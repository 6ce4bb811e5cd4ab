-- A visitor's instants with more events than one instant can hold: visitor_id,
-- occurred_at_us, is_stuck (our clock moved on meanwhile). Only rows that came late
-- can show a clock that stands still, because such a clock falls behind.
-- {rows} events: event_id, event_type, visitor_id, occurred_at_us, received_at_us
-- {hand_types}    event types that a hand makes one by one, as an SQL list
-- {jitter_us}     a clock this far ahead is left alone, µs
-- {not_before_us} an earlier time is a clock that was never set, µs since 1970
-- {delay_us}      an event later than this is of another check, µs
-- {stuck_events}  so many events at one instant, where ours moved on
-- {stuck_us}      by so long, µs
-- {frozen_events} so many events at one instant, where ours is a copy
with
    plausible as not materialized(
        select *
        from {rows}
        where
            occurred_at_us <= received_at_us + {jitter_us}
            and occurred_at_us >= {not_before_us}
            and occurred_at_us >= received_at_us - {delay_us}
    )
select visitor_id, occurred_at_us, true as is_stuck
from plausible
where received_at_us - occurred_at_us >= {stuck_us}
group by visitor_id, occurred_at_us
having
    count(*) >= {stuck_events}
    and max(received_at_us) - min(received_at_us) >= {stuck_us}
union all
-- whole minutes (or days) were rounded by whoever exported the log: no clock stood
-- still
select visitor_id, occurred_at_us, false
from plausible
where
    event_type in {hand_types}
    and received_at_us = occurred_at_us
    and occurred_at_us % 60000000 <> 0
group by visitor_id, occurred_at_us
having count(distinct event_id) >= {frozen_events}
