-- Findings: events of a clock that stands still. Where ours moved on it is taken
-- instead; where ours was copied from it, the time is not known.
--
-- Impressions of a page do share an instant, but they also reach us together: where
-- ours moved on, every event type counts; where it did not, only what a hand makes one
-- by one.
-- {rows}          events: event_type, visitor_id, occurred_at_us, received_at_us
-- {hand_types}    event types that a hand makes one by one, as an SQL list
-- {jitter_us}     a clock this far ahead is left alone, µs
-- {not_before_us} an earlier time is a clock that was never set, µs since 1970
-- {stuck_us}      ahead of ours by so long, one instant of many is not theirs, µs
-- {delay_us}      an event later than this is of another check, µs
select
    import_id,
    line,
    case when is_stuck then 'stuck_clock' else 'frozen_time' end as rule,
    case when is_stuck then 'repair' else 'quarantine' end as action,
    'occurred_at_us' as field,
    case when is_stuck then cast(received_at_us as varchar) end as new,
    cast(
        case
            when is_stuck
            then
                to_json(
                    struct_pack(
                        field := 'occurred_at_us',
                        old := cast(occurred_at_us as varchar),
                        new := cast(received_at_us as varchar)
                    )
                )
            else
                to_json(
                    struct_pack(
                        field := 'occurred_at_us',
                        old := cast(occurred_at_us as varchar)
                    )
                )
        end as varchar
    ) as detail
from {rows}
join instants using (visitor_id, occurred_at_us)
where
    case
        when is_stuck
        then
            (
                occurred_at_us <= received_at_us + {jitter_us}
                or is_export
                and occurred_at_us >= received_at_us + {stuck_us}
            )
            and occurred_at_us >= {not_before_us}
            and occurred_at_us >= received_at_us - {delay_us}
        else is_export and received_at_us = occurred_at_us or event_type in {hand_types}
    end
