-- Both stuck clocks: ours moved on (take it), or ours was copied from theirs (not
-- known).
--
-- A page's impressions do share an instant, but they also reach us together, so where
-- ours moved
-- on every type counts; where it did not, only what a hand does one by one. A log
-- whose times are
-- whole minutes (or days) was rounded by its exporter: that is no stuck clock.
-- {by_hand}
-- {old}
-- {rows}
-- {sound}
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
            then to_json(struct_pack({old}, new := cast(received_at_us as varchar)))
            else to_json(struct_pack({old}))
        end as varchar
    ) as detail
from {rows}
join instants using (visitor_id, occurred_at_us)
where case when is_stuck then {sound} else event_type in ({by_hand}) end
