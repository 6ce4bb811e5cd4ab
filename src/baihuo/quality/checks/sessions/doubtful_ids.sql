-- Session ids that may hold more than one visit: session_id, is_shared (several
-- visitors). Else one visitor used the id for longer than the longest gap.
-- {idle_us} the longest gap under one id, µs
select session_id, count(*) > 1 as is_shared
from spans
group by session_id
having count(*) > 1 or bool_or(last_us - first_us > {idle_us})
