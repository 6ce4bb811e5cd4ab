-- Findings: descriptions that state another measure than the attribute of that name
-- ("Weight: 3600 g" of what weighs 900 g), where one is by a fifth more.
--
-- Only measures of one unit, or of units that are converted here, are compared.
--
-- {rows} the products left, with descriptions
with
    units(unit, dimension, factor) as (
        values
            ('g', 'mass', 1),
            ('克', 'mass', 1),
            ('kg', 'mass', 1000),
            ('千克', 'mass', 1000),
            ('公斤', 'mass', 1000),
            ('mg', 'mass', 0.001),
            ('lb', 'mass', 453.6),
            ('lbs', 'mass', 453.6),
            ('oz', 'mass', 28.35),
            ('mm', 'length', 1),
            ('毫米', 'length', 1),
            ('cm', 'length', 10),
            ('厘米', 'length', 10),
            ('m', 'length', 1000),
            ('米', 'length', 1000),
            ('in', 'length', 25.4),
            ('inch', 'length', 25.4),
            ('inches', 'length', 25.4),
            ('ml', 'volume', 1),
            ('毫升', 'volume', 1),
            ('cl', 'volume', 10),
            ('l', 'volume', 1000),
            ('升', 'volume', 1000),
            ('w', 'power', 1),
            ('瓦', 'power', 1),
            ('kw', 'power', 1000)
    ),
    stated as (
        select
            import_id,
            line,
            a.name,
            a.value as holds,
            regexp_extract(
                substr(d.text, strpos(d.text, lower(a.name)) + length(a.name), 40),
                '^\s*[:：=]\s*([0-9]+(?:[.,][0-9]+)?)\s*(\pL{1,6})',
                ['n', 'unit']
            ) as says,
            regexp_extract(
                lower(a.value),
                '^\s*([0-9]+(?:[.,][0-9]+)?)\s*(\pL{1,6})\s*$',
                ['n', 'unit']
            ) as held
        from attribute_values as a
        join
            (
                select import_id, line, lower(said) as text
                from
                    (
                        unpivot {rows} on description_en,
                        description_zh into name field value said
                    )
                where regexp_matches(said, '[:：=]\s*[0-9]')
            ) as d using (import_id, line)
        where
            regexp_matches(a.value, '^\s*[0-9]')
            and length(a.name) > 1
            and contains(d.text, lower(a.name))
    ),
    measured as (
        select
            import_id,
            line,
            name,
            holds,
            says.n || ' ' || says.unit as says,
            try_cast(replace(says.n, ',', '.') as double)
            * coalesce(s.factor, 1) as n_says,
            try_cast(replace(held.n, ',', '.') as double)
            * coalesce(h.factor, 1) as n_held
        from stated
        left join units as s on s.unit = says.unit
        left join units as h on h.unit = held.unit
        where says.unit <> '' and (says.unit = held.unit or s.dimension = h.dimension)
    )
select
    import_id,
    line,
    'description_of_another' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                attribute := min(name),
                holds := arg_min(holds, name),
                description_says := arg_min(says, name)
            )
        ) as varchar
    ) as detail
from measured
where
    n_held > 0
    and n_says > 0
    and greatest(n_says, n_held) >= 1.2 * least(n_says, n_held)
group by import_id, line
