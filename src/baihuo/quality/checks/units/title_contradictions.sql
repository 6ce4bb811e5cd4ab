-- Measured values that the product's title contradicts. A measure in the title that
-- another attribute of the product has is about that attribute, and a title that
-- writes the attribute's own number, too, does not contradict it, nor does one with
-- more than two: 8" x 10" (20x25 cm) are the sides of something else.
--
-- is_trusted: titles of the category usually agree with the attribute, or differ by a
-- unit or a lost point. numbers: bare numbers that several products of the category
-- have.
--
-- {rows}      the products left, with titles
-- {tolerance} relative, up to which two measures are the same
-- {converted_tolerance} the same of two units: 6 ft are sold as 2 m
-- {min_rows}  products whose titles can be compared, before an attribute is trusted
-- {agreement} of titles that agree with the attribute or differ by a unit, 0 to 1
with
    compared as (
        select
            n.* exclude (base, dimension),
            t.unit as title_unit,
            t.base as title_base,
            t.other as title_other,
            t.text as title_text,
            abs(n.base - t.base)
            <= if(t.unit = n.unit, {tolerance}, {converted_tolerance}) * t.base
            or abs(n.base - t.other) <= {tolerance} * t.other
            -- 0.3 m is 0.31 m of a title, rounded to the last place that it writes
            or abs(n.base - t.base) * n.number
            <= n.base
            * case
                when regexp_matches(n.text, '[.][0-9]*[1-9]')
                then
                    0.501
                    * pow(10, - length(regexp_extract(n.text, '[.]([0-9]*[1-9])', 1)))
                else 0
            end as agrees,
            coalesce(
                bool_or(
                    abs(n.number * u.factor - t.base) <= {tolerance} * t.base
                    or abs(n.number * u.by_1024 - t.base) <= {tolerance} * t.base
                    or round(n.base / t.base, 6) in (10, 100)
                ),
                false
            ) as is_slip
        from measured_values as n
        join title_measures as t using (import_id, line, dimension)
        left join units as u on u.dimension = t.dimension and u.unit <> n.unit
        where n.dimension <> 'time'
        group by all
    ),
    of_others as (
        select import_id, line, title_text, true as is_matched
        from compared
        group by import_id, line, title_text
        having bool_or(agrees)
    ),
    usual_units as (
        select category, key, title_unit
        from compared
        where agrees
        group by category, key, title_unit
        qualify count(*) >= 0.05 * sum(count(*)) over (partition by category, key)
    ),
    by_value as (
        select
            compared.* exclude (
                title_unit, title_base, title_other, title_text, agrees, is_slip
            ),
            bool_or(agrees) as agrees,
            bool_or(is_slip) as is_slip,
            list(distinct title_text order by title_text) as titles,
            list(
                distinct struct_pack(base := title_base, other := title_other)
            ) as title_measures
        from compared
        left join usual_units as usual using (category, key, title_unit)
        left join of_others using (import_id, line, title_text)
        where agrees or (is_matched is null and (is_slip or usual.key is not null))
        group by all
    ),
    trusted as (
        select category, key, true as is_trusted
        from by_value
        group by category, key
        having
            count(*) >= {min_rows}
            and count(*) filter (agrees or is_slip) >= {agreement} * count(*)
            and count(*) filter (agrees) >= 0.5 * count(*)
    ),
    numbers as (
        select category, key, list(number) as numbers
        from
            (
                select category, key, number
                from measured_values
                where is_bare
                group by category, key, number
                having count(*) >= 3
            )
        group by category, key
    )
select
    by_value.*,
    coalesce(numbers, []) as numbers,
    coalesce(is_trusted, false) as is_trusted
from by_value
join {rows} using (import_id, line)
left join trusted using (category, key)
left join numbers using (category, key)
where
    not agrees
    and (is_slip or is_trusted)
    and len(titles) <= 2
    and not (
        (number >= 10 or number <> floor(number))
        and regexp_matches(
            concat_ws(' ', title_en, title_zh),
            '(?:^|[^0-9.,])'
            || replace(printf('%g', number), '.', '[.,]')
            || '(?:$|[^0-9.,]|[.,](?:$|[^0-9]))'
        )
    )
order by import_id, line, key
