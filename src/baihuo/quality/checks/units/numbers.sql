-- each number of an attribute on one scale per shelf: the usual unit's, or the bare
-- number's
select
    import_id,
    line,
    shelf,
    p.key,
    p.text,
    p.is_text,
    cast(null as varchar) as unit,
    cast(p.text as double) as number,
    cast(null as double) as base
from pairs as p
where not p.is_text
union all
select import_id, line, shelf, p.key, p.text, p.is_text, s.unit, s.number, s.base
from pairs as p
join spelled as s on s.text = p.text
where p.is_text
