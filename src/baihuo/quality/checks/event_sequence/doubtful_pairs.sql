-- Visitor and product of each purchase that no view precedes, and of each cancel: what
-- earlier ranges of days are searched for.
-- {rows}         events: visitor_id, product_id, event_type
-- {tolerance_us} out of order by no more than this is in order, µs
select visitor_id, product_id
from purchases_with_views
where first_view_us is null or first_view_us > occurred_at_us + {tolerance_us}
union
select visitor_id, product_id
from {rows}
where event_type = 'cancel'
