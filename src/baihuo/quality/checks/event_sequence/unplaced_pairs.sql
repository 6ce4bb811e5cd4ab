-- Visitor, page, product and type of events at an unknown time: what an
-- earlier
-- step took out still happened, and a repaired time is not right to the second.
-- {rows} those of unplaced_raw that are left, with the same columns
select visitor_id, query_id, product_id, event_type
from {rows}
union
select visitor_id, query_id, product_id, event_type
from unplaced_raw
