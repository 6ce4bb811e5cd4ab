-- Days of an import and platform on which it matters who sent the rows: import_id,
-- platform, day. A bot makes more rows than all shoppers of a platform together, and
-- its clock says nothing about theirs.
-- {zone_share} share of rows in a wrong zone from which a whole day is taken for wrong
select import_id, platform, day
from offsets
group by all
having
    sum(case when zone <> 0 then n_near else 0 end) >= 0.1 * sum(n)
    and sum(case when zone <> 0 then n_near else 0 end) < {zone_share} * sum(n)
