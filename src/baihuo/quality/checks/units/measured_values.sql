-- Every attribute with a number, its unit and dimension where they are known, and
-- base: the number in the base unit of its dimension. A bare number (is_bare) has
-- the unit learned for its attribute.
select
    a.* exclude (bare),
    coalesce(m.unit, l.unit) as unit,
    coalesce(m.number, bare) as number,
    coalesce(m.base, bare * u.factor) as base,
    u.dimension,
    m.unit is null as is_bare
from
    (
        select *, case when not is_text then cast(text as double) end as bare
        from numeric_attributes
    ) as a
left join value_measures as m on a.is_text and m.text = a.text
left join
    learned_units as l on not a.is_text and l.category = a.category and l.key = a.key
left join units as u on u.unit = coalesce(m.unit, l.unit)
where coalesce(m.number, bare) > 0
