-- Events that some window still counts: at_us, kind, amounts, and s0, s1, … the slot
-- of each block's key.
-- Tables: events (encoded); b0, b1, … (the totals of each block).
-- {slot_numbers}  CTEs that number the keys of two-part blocks, each after a comma
-- {slots}         the slot of the event's key in each block; 0: it has none
-- {joined_events} counted as e, joined with those CTEs
-- {is_in_window}  whether an event is young enough for a window of its type
with counted as (select * from events where {is_in_window}){slot_numbers}
select e.at_us, e.kind, e.price_minor, e.quantity, e.dwell_ms, {slots}
from {joined_events}
order by e.at_us
