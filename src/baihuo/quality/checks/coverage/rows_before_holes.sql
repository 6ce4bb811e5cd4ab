-- For each hole the last row before it: hole, import_id, line. Of a platform its own.
--
-- {rows} the events left, with occurred_at_us and platform
select h.hole, r.import_id, r.line
from {rows} as r
join
    holes as h
    on r.occurred_at_us < h.start_us
    and r.occurred_at_us >= h.start_us - 14 * 86400000000
    and (h.platform is null or h.platform = r.platform)
qualify
    row_number() over (
        partition by h.hole order by r.occurred_at_us desc, r.import_id, r.line
    )
    = 1
order by h.hole
