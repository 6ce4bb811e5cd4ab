-- TODO: what its rows are
-- {numbers}
select
    n.import_id,
    n.line,
    n.shelf,
    n.key,
    n.text,
    n.is_text,
    coalesce(n.unit, l.unit) as unit,
    n.number,
    coalesce(n.base, n.number * u.factor) as base,
    u.dimension,
    n.unit is null as is_bare
from ({numbers}) as n
left join learned as l on n.unit is null and l.shelf = n.shelf and l.key = n.key
left join units as u on u.unit = coalesce(n.unit, l.unit)
where n.number > 0
