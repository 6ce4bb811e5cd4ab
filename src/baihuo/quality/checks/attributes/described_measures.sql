-- Findings: descriptions that state another measure than the attribute of that name
-- ("Weight: 3600 g" of what weighs 900 g), where one is by a fifth more. The length of
-- a cable and the weight of a package are not of the product: before the name stands
-- a sign or an article.
--
-- Only measures of one unit, or of two that are known, are compared.
--
-- A pattern that holds a name is compiled anew for each row, in a millisecond and more.
-- So the name is replaced by one letter that texts in lower case do not have: N, or a
-- hieroglyph where the name ends in no letter that \b knows.
--
-- {units} rows (spelling, dimension, factor)
-- {rows} the products left, with descriptions
with
    units(unit, dimension, factor) as (values {units}),
    stated as (
        select
            import_id,
            line,
            a.name,
            a.value as holds,
            regexp_extract(
                replace(
                    regexp_extract(
                        replace(d.text, lower(a.name), mark),
                        '(?:^|[^\pL\pN\s]\s*|\n\s*|\b(?:the|its|a|of)\s+|的|其)[N𓀀]\s*(?:[:：=]|\b(?:is|of)\b|为|约|\s)\s*(?:about |approx\.? |ca\.? |约)?[0-9]+(?:[.,][0-9]+)?\s*\pL{1,12}'
                    ),
                    mark,
                    lower(a.name)
                ),
                '([0-9]+(?:[.,][0-9]+)?)\s*(\pL{1,12})$',
                ['n', 'unit']
            ) as says,
            regexp_extract(
                lower(a.value),
                '^\s*([0-9]+(?:[.,][0-9]+)?)\s*(\pL{1,12})\s*$',
                ['n', 'unit']
            ) as held
        from
            (
                select
                    *,
                    case
                        when regexp_matches(name, '[A-Za-z0-9_]$') then 'N' else '𓀀'
                    end as mark
                from attribute_values
            ) as a
        join
            (
                select import_id, line, lower(description) as text
                from
                    (
                        unpivot {rows} on description_en,
                        description_zh into name field value description
                    )
                where regexp_matches(description, '[0-9]')
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
