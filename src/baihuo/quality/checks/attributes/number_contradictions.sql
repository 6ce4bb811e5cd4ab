-- Findings: products whose title has another number than an attribute, with the same
-- unit, where titles nearly always agree. For units that have no definition here (fp,
-- rpm, lm); those that have are converted and judged by the step units.
--
-- {rows}          the products left, with titles
-- {value}         RE2 of a number and a unit: a whole value
-- {in_title}      RE2 of the same in a title
-- {known_units}   units that are judged elsewhere, in lower case, quoted
-- {min_rows}      products of a category whose title has the attribute's unit
-- {min_agreement} of them whose title has its number, 0 to 1
with
    held as (
        select
            import_id,
            line,
            category,
            key,
            name,
            value,
            lower(regexp_extract(value, '{value}', 2)) as unit,
            try_cast(
                replace(regexp_extract(value, '{value}', 1), ',', '.') as double
            ) as number
        from attribute_values
        where is_text and strlen(value) <= 30 and regexp_matches(value, '{value}')
    ),
    unknown_units as (
        select *
        from held
        where number is not null and unit not in ({known_units})
        qualify count(*) over (partition by category, key, unit) >= {min_rows}
    ),
    titled_numbers as (
        select
            import_id,
            line,
            unnest(
                regexp_extract_all(concat_ws(' ', title_en, title_zh), '{in_title}', 1)
            ) as text
        from {rows}
        semi join unknown_units using (import_id, line)
    ),
    titles as (
        select
            import_id,
            line,
            lower(regexp_extract(text, '{value}', 2)) as unit,
            list_distinct(
                list(
                    try_cast(
                        replace(regexp_extract(text, '{value}', 1), ',', '.') as double
                    )
                )
            ) as numbers,
            min(text) as text
        from titled_numbers
        group by import_id, line, unit
    ),
    compared as (
        select
            *,
            list_contains(numbers, number) as agrees,
            -- a lost point, months for years: an error of many is no other habit
            list_has_any(
                list_transform(numbers, lambda n:round(number / n, 6)), [10, 100, 12]
            ) as is_explained
        from unknown_units
        join titles using (import_id, line, unit)
    ),
    trusted as (
        select category, key, unit
        from compared
        group by category, key, unit
        having
            count(*) filter (agrees) >= {min_rows}
            and count(*) filter (agrees or is_explained) >= {min_agreement} * count(*)
            and count(*) filter (agrees) >= 0.5 * count(*)
    ),
    explained as (
        select c.import_id, c.line, c.key
        from compared as c
        join held as o using (import_id, line, unit)
        where o.key <> c.key and list_contains(c.numbers, o.number)
    )
select
    import_id,
    line,
    'attribute_against_title' as rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(field := name, holds := value, title_says := [compared.text])
        ) as varchar
    ) as detail
from compared
semi join trusted using (category, key, unit)
anti join explained using (import_id, line, key)
join {rows} as titled using (import_id, line)
where
    not agrees
    and len(numbers) = 1
    and not regexp_matches(
        concat_ws(' ', title_en, title_zh),
        '(?:^|[^0-9.,])'
        || replace(printf('%g', number), '.', '[.,]')
        || '(?:$|[^0-9.,])'
    )
