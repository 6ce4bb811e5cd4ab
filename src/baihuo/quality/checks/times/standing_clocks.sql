-- Events of a visitor at an instant that holds more of them than it can: import_id,
-- line, occurred_at_us, received_at_us, is_stuck (our clock moved on meanwhile).
--
-- Impressions of a page do share an instant, but they also reach us together: where
-- ours moved on, every event type counts; where ours is a copy, only what a hand makes
-- one by one. Whole minutes were rounded by whoever exported the log.
-- {rows}          events: event_id, event_type, visitor_id, and both times
-- {hand_types}    event types that a hand makes one by one, as an SQL list
-- {not_before_us} an earlier time is a clock that was never set, µs since 1970
-- {delay_us}      an event later than this is of another check, µs
-- {stuck_events}  so many events at one instant, where ours moved on …
-- {stuck_us}      … by so long, µs
-- {frozen_events} so many events at one instant, where ours is a copy
with
    -- what came at once or far from its time, which alone can be such
    suspects as materialized(
        select
            import_id,
            line,
            visitor_id,
            occurred_at_us,
            received_at_us,
            event_id,
            event_type in {hand_types} as is_by_hand
        from {rows}
        where
            (
                received_at_us = occurred_at_us
                or received_at_us - occurred_at_us between {stuck_us} and {delay_us}
            )
            and occurred_at_us >= {not_before_us}
    ),
    instants as (
        select visitor_id, occurred_at_us, true as is_stuck
        from suspects
        where received_at_us > occurred_at_us
        group by visitor_id, occurred_at_us
        having
            count(*) >= {stuck_events}
            and max(received_at_us) - min(received_at_us) >= {stuck_us}
        union all
        select visitor_id, occurred_at_us, false
        from suspects
        where
            received_at_us = occurred_at_us
            and is_by_hand
            and occurred_at_us % 60000000 <> 0
        group by visitor_id, occurred_at_us
        having count(distinct event_id) >= {frozen_events}
    )
select import_id, line, occurred_at_us, received_at_us, is_stuck
from suspects
join instants using (visitor_id, occurred_at_us)
where (received_at_us > occurred_at_us) = is_stuck and (is_stuck or is_by_hand)
