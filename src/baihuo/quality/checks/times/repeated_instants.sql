-- a clock that stands still falls behind: only rows that came late can tell of one
-- {by_hand}
-- {frozen_events}
-- {minute_us}
-- {rows}
-- {sound}
-- {stuck_events}
-- {stuck_us}
select visitor_id, occurred_at_us, true as is_stuck
from {rows}
where received_at_us - occurred_at_us >= {stuck_us} and {sound}
group by visitor_id, occurred_at_us
having
    count(*) >= {stuck_events}
    and max(received_at_us) - min(received_at_us) >= {stuck_us}
union all
select visitor_id, occurred_at_us, false
from {rows}
where
    event_type in ({by_hand})
    and received_at_us = occurred_at_us
    and occurred_at_us % {minute_us} <> 0
    and {sound}
group by visitor_id, occurred_at_us
having count(distinct event_id) >= {frozen_events}
