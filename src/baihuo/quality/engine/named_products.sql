-- The names of products that events of a range had and the catalogue did not, each
-- once.
-- {checks} the checks that say so, as a list of texts
select distinct detail ->> '$.old' as name
from findings
where rule in {checks} and detail ->> '$.old' is not null
