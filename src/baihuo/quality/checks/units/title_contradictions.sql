-- a title's measure that another attribute of the product has speaks of that one, not
-- of this
-- {agreement}
-- {min_rows}
-- {near}
-- {rounded}
with
    said as (
        select
            n.import_id,
            n.line,
            n.shelf,
            n.key,
            n.text,
            n.is_text,
            n.unit,
            n.is_bare,
            n.number,
            n.base,
            t.unit as t_unit,
            t.base as t_base,
            t.other as t_other,
            t.text as t_text,
            abs(n.base - t.base) <= {near} * t.base
            or abs(n.base - t.other) <= {near} * t.other
            or abs(n.base - t.base) * n.number <= {rounded} * n.base as agrees,
            coalesce(
                bool_or(
                    abs(n.number * u.factor - t.base) <= {near} * t.base
                    or abs(n.number * u.by_1024 - t.base) <= {near} * t.base
                ),
                false
            ) as is_explained
        from numbers as n
        join titled as t using (import_id, line, dimension)
        left join units as u on u.dimension = t.dimension and u.unit <> n.unit
        where n.dimension <> 'time'
        group by all
    ),
    taken as (
        select import_id, line, t_text, t_unit, true as is_taken
        from said
        group by import_id, line, t_text, t_unit
        having bool_or(agrees)
    ),
    spoken as (
        select shelf, key, t_unit
        from said
        where agrees
        group by shelf, key, t_unit
        qualify count(*) >= 0.05 * sum(count(*)) over (partition by shelf, key)
    ),
    kept as (
        select said.*
        from said
        join spoken using (shelf, key, t_unit)
        left join taken using (import_id, line, t_text, t_unit)
        where agrees or is_taken is null
    ),
    each as (
        select
            import_id,
            line,
            shelf,
            key,
            text,
            is_text,
            unit,
            is_bare,
            number,
            bool_or(agrees) as agrees,
            bool_or(is_explained) as is_explained,
            list(distinct t_text order by t_text) as titles,
            list(distinct t_base order by t_base) as t_bases,
            list(distinct t_other order by t_other) as t_others
        from kept
        group by import_id, line, shelf, key, text, is_text, unit, is_bare, number
    ),
    firm as (
        select shelf, key
        from each
        group by shelf, key
        having
            count(*) >= {min_rows}
            and count(*) filter (agrees or is_explained) >= {agreement} * count(*)
            and count(*) filter (agrees) >= 0.5 * count(*)
    )
select each.*
from each
join firm using (shelf, key)
where not agrees
order by import_id, line, key
