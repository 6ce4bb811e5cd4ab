-- Measured values that the product's title contradicts, in attributes that titles
-- usually agree with. A measure in the title that another attribute of the product
-- has is about that attribute. Feet are rounded to metres as one sells them (6 ft are
-- 1.8 m or 2 m), and a title that writes the attribute's own number too does not
-- contradict it.
--
-- {rows}      the products left, with titles
-- {other_system} relative, up to which a length in feet or inches is one in metres
-- {tolerance} relative, up to which two measures are the same
-- {rounding_error} half of the last place that the attribute writes
-- {min_rows} products whose titles can be compared, before an attribute is trusted
-- {agreement} of titles that agree with the attribute or differ by a unit, 0 to 1
with
    compared as (
        select
            n.import_id,
            n.line,
            n.category,
            n.key,
            n.text,
            n.is_text,
            n.unit,
            n.is_bare,
            n.number,
            n.base,
            t.unit as title_unit,
            t.base as title_base,
            t.other as title_other,
            t.text as title_text,
            abs(n.base - t.base) <= {tolerance} * t.base
            or abs(n.base - t.other) <= {tolerance} * t.other
            or abs(n.base - t.base) * n.number <= {rounding_error} * n.base
            or (
                (
                    t.unit in ('ft', 'yd')
                    and n.unit in ('mm', 'cm', 'm')
                    or t.unit in ('mm', 'cm', 'm')
                    and n.unit in ('ft', 'yd')
                )
                and abs(n.base - t.base) <= {other_system} * t.base
            ) as agrees,
            coalesce(
                bool_or(
                    abs(n.number * u.factor - t.base) <= {tolerance} * t.base
                    or abs(n.number * u.by_1024 - t.base) <= {tolerance} * t.base
                    -- a lost decimal point, and watt-hours of 3.6 to 3.85 volts
                    or round(n.base / t.base, 6) in (10, 100)
                    or (
                        n.dimension = 'charge'
                        and n.number * 1000 / t.base between 3.58 and 3.87
                    )
                ),
                false
            ) as is_explained
        from measured_values as n
        join title_measures as t using (import_id, line, dimension)
        left join units as u on u.dimension = t.dimension and u.unit <> n.unit
        where n.dimension <> 'time'
        group by all
    ),
    matched_measures as (
        select import_id, line, title_text, title_unit, true as is_matched
        from compared
        group by import_id, line, title_text, title_unit
        having bool_or(agrees)
    ),
    usual_units as (
        select category, key, title_unit
        from compared
        where agrees
        group by category, key, title_unit
        qualify count(*) >= 0.05 * sum(count(*)) over (partition by category, key)
    ),
    considered as (
        select compared.*
        from compared
        join usual_units using (category, key, title_unit)
        left join matched_measures using (import_id, line, title_text, title_unit)
        where agrees or is_matched is null
    ),
    by_value as (
        select
            import_id,
            line,
            category,
            key,
            text,
            is_text,
            unit,
            is_bare,
            number,
            bool_or(agrees) as agrees,
            bool_or(is_explained) as is_explained,
            list(distinct title_text order by title_text) as titles,
            list(
                distinct struct_pack(
                    base := title_base, other := title_other, unit := title_unit
                )
                order by
                    struct_pack(
                        base := title_base, other := title_other, unit := title_unit
                    )
            ) as title_measures
        from considered
        group by import_id, line, category, key, text, is_text, unit, is_bare, number
    ),
    trusted as (
        select category, key
        from by_value
        group by category, key
        having
            count(*) >= {min_rows}
            and count(*) filter (agrees or is_explained) >= {agreement} * count(*)
            and count(*) filter (agrees) >= 0.5 * count(*)
    ),
    written_numbers as (  -- bare numbers that several products of a category have
        select category, key, list(number) as numbers
        from
            (
                select category, key, number
                from measured_values
                semi join trusted using (category, key)
                where is_bare
                group by category, key, number
                having count(*) >= 3
            )
        group by category, key
    )
select by_value.*, coalesce(written_numbers.numbers, []) as written_numbers
from by_value
join trusted using (category, key)
left join written_numbers using (category, key)
join {rows} as said using (import_id, line)
where
    not agrees
    -- 3G and 4G are networks; 2.4 GHz / 5 GHz are bands; 8" x 10" is a sheet, no screen
    and not list_bool_and(
        list_transform(titles, lambda t:regexp_matches(t, '^[2-6]G$'))
    )
    and not (
        unit like '%Hz'
        and (
            len(titles) > 1
            or regexp_matches(
                concat_ws(' ', title_en, title_zh),
                '(?i)\b(?:wi-?fi|wlan|wireless|(?:dual|tri)[ -]?band)\b|无线|双频'
            )
        )
    )
    and not (
        regexp_matches(key, '(?i)diagonal|screen|display|屏')
        and regexp_matches(
            concat_ws(' ', title_en, title_zh),
            '[0-9](?: ?(?:"|”|″|in|inch|cm|mm))? ?[x×*] ?[0-9.]+ ?(?:"|”|″|in|inch|cm|mm)(?:\W|$)'
        )
    )
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
