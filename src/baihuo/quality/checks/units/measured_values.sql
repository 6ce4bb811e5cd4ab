-- Every attribute with a number, its unit and dimension where they are known, and
-- base: the number in the base unit of its dimension. A bare number (is_bare) has
-- the unit learned for its attribute.
with
    numbers as (
        select
            import_id,
            line,
            category,
            key,
            text,
            is_text,
            cast(null as varchar) as unit,
            cast(text as double) as number,
            cast(null as double) as base
        from numeric_attributes
        where not is_text
        union all
        select
            a.import_id,
            a.line,
            a.category,
            a.key,
            a.text,
            a.is_text,
            m.unit,
            m.number,
            m.base
        from numeric_attributes as a
        join value_measures as m on m.text = a.text
        where a.is_text
    )
select
    n.import_id,
    n.line,
    n.category,
    n.key,
    n.text,
    n.is_text,
    coalesce(n.unit, l.unit) as unit,
    n.number,
    coalesce(n.base, n.number * u.factor) as base,
    u.dimension,
    n.unit is null as is_bare
from numbers as n
left join
    learned_units as l on n.unit is null and l.category = n.category and l.key = n.key
left join units as u on u.unit = coalesce(n.unit, l.unit)
where n.number > 0
