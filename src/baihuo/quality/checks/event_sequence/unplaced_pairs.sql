-- Visitor, product and type of events that happened at a time that nobody knows: what
-- an
-- earlier step took out still happened, and a repaired time is not right to the second.
-- {rows} those of unplaced_raw that are left: visitor_id, product_id, event_type
select visitor_id, product_id, event_type
from {rows}
union
select visitor_id, product_id, event_type
from unplaced_raw
