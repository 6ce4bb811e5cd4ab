-- Findings: cells of attributes that cannot be, or that no filter reads: a range whose
-- end is below its start, fibres or a share of more than all of it, a unit written
-- twice, two values for one measure, a question behind a value.
--
-- Reads attribute_values; each distinct value of an attribute is judged once.
--
-- {range}     RE2 of a range: start, its unit, end, its unit
-- {no_range}  RE2 of names whose values may go down
-- {of_fibres} RE2 of names of a composition
-- {fibres}    RE2 of fibres
-- {parts}     RE2 of values of several parts, each of which has its hundred percent
-- {share}     RE2 of names of a share of a whole
-- {no_share}  RE2 of names of what may be more than a hundred percent
-- {doubt}     RE2 of a question or doubt
-- {units}     rows (spelling, dimension, factor)
-- {min_rows}  listings with an attribute, before its values are known
-- {max_share} of them, that write something in an odd way
with
    units(unit, dimension, factor) as (values {units}),
    counted as materialized(
        select
            key,
            trim(value) as text,
            any_value(name) as name,
            lower(text) as folded,
            count(*) as n,
            sum(count(*)) over (partition by key) as n_of_key
        from attribute_values
        where length(value) between 2 and 200
        group by key, text
    ),
    ranges as (
        select *
        from
            (
                select
                    *,
                    regexp_extract(
                        text, '{range}', ['first', 'first_unit', 'last', 'last_unit']
                    ) as pieces,
                    try_cast(replace(pieces['first'], ',', '.') as double)
                    > try_cast(replace(pieces['last'], ',', '.') as double) as is_down
                from counted
                where
                    regexp_matches(text, '{range}')
                    and not regexp_matches(name, '{no_range}')
            )
        where pieces['first_unit'] in ('', pieces['last_unit'])
    ),
    ranges_down as (
        select *, 'a range whose end is below its start' as why
        from
            (
                select
                    *,
                    sum(n) filter (is_down) over (partition by key) as n_down,
                    sum(n) over (partition by key) as n_ranges
                from ranges
            )
        where is_down and n_down <= greatest(2, 0.2 * n_ranges, {max_share} * n_of_key)
    ),
    shares as (
        select
            *,
            list_transform(
                regexp_extract_all(
                    regexp_replace(text, '[(（][^)）]*[)）]', '', 'g'),
                    '([0-9]{1,3}(?:[.,][0-9]{1,2})?) ?[%％]',
                    1
                ),
                lambda s:cast(replace(s, ',', '.') as double)
            ) as parts,
            regexp_extract_all(folded, '{fibres}') as fibres
        from counted
        where regexp_matches(text, '[%％].*[%％]') and not regexp_matches(text, '{parts}')
    ),
    too_much as (
        select *
        from shares
        where
            len(parts) >= 2
            and list_max(parts) <= 100
            and list_sum(parts) > 102
            -- 60 and 40 of the shell, 100 of the lining
            and abs(list_sum(parts) - 100 * round(list_sum(parts) / 100)) > 2
            and not list_bool_or(
                [
                    abs(list_sum(parts[:i]) - 100) < 0.5
                    for i in generate_series(1, len(parts))
                ]
            )
            and len(fibres) = len(list_distinct(fibres))
            and (len(fibres) >= 2 or regexp_matches(name, '{of_fibres}'))
    ),
    percents as (
        select
            *,
            try_cast(
                replace(regexp_extract(text, '^([0-9.,]+)', 1), ',', '.') as double
            ) as percent
        from counted
        where
            (
                regexp_matches(text, '^[0-9]{1,5}(?:[.,][0-9]{1,2})? ?[%％]$')
                or regexp_matches(text, '^[0-9]{1,5}(?:[.,][0-9]{1,2})?$')
                and regexp_matches(name, '(?i)[(（][%％][)）]|percent|百分')
            )
            and not regexp_matches(name, '{no_share}')
    ),
    beyond_all as (
        select *
        from
            (
                select
                    *,
                    sum(n) over (partition by key) as n_percents,
                    sum(n) filter (percent <= 100) over (partition by key) as n_within
                from percents
            )
        where
            percent > 100
            and (
                regexp_matches(name, '{share}')
                or n_percents >= {min_rows}
                and n_within >= (1 - {max_share}) * n_percents
            )
    ),
    doubtful as (
        select *
        from counted
        where
            regexp_matches(text, '{doubt}')
            and regexp_matches(
                regexp_replace(text, '{doubt}', ''), '[0-9]|\pL{3}|\p{Han}'
            )
    ),
    two_words as (
        select
            *,
            regexp_extract(
                folded,
                '^([0-9]+(?:[.,][0-9]+)?) ?(\pL+)\.?[ /]?(\pL+)\.?$',
                ['number', 'one', 'other']
            ) as pieces
        from counted
        where
            regexp_matches(
                folded, '^[0-9]+(?:[.,][0-9]+)? ?\pL+(?:\.?[ /]|\.?)\pL+\.?$'
            )
    ),
    doubled as (
        select t.*
        from two_words as t
        join units as a on a.unit = pieces['one']
        join
            units as b
            on b.unit = pieces['other']
            and b.dimension = a.dimension
            and b.factor = a.factor
        where
            not exists (
                select 1 from units as u where u.unit = pieces['one'] || pieces['other']
            )
    ),
    two_values as (
        select
            *,
            regexp_extract(
                folded,
                '^([0-9]+(?:[.,][0-9]+)?) ?(\pL+) ?(?:[/|,;、／]|或|or) ?([0-9]+(?:[.,][0-9]+)?) ?(\pL+)$',
                ['one', 'one_unit', 'other', 'other_unit']
            ) as pieces
        from counted
        where
            regexp_matches(
                folded,
                '^[0-9]+(?:[.,][0-9]+)? ?\pL+ ?(?:[/|,;、／]|或|or) ?[0-9]+(?:[.,][0-9]+)? ?\pL+$'
            )
    ),
    single_values as (
        select key, sum(n) as n
        from counted
        where regexp_matches(folded, '^[0-9]+(?:[.,][0-9]+)? ?\pL+$')
        group by key
    ),
    two_measures as (
        select
            t.*,
            try_cast(replace(pieces['one'], ',', '.') as double)
            * a.factor as first_base,
            try_cast(replace(pieces['other'], ',', '.') as double)
            * b.factor as last_base
        from two_values as t
        join single_values as s on s.key = t.key and s.n >= 0.9 * t.n_of_key
        join
            units as a
            on a.unit = pieces['one_unit']
            -- an adapter of the world, and a radio of two bands
            and a.dimension not in ('voltage', 'frequency', 'current')
        join units as b on b.unit = pieces['other_unit'] and b.dimension = a.dimension
        where t.n_of_key >= {min_rows}
    ),
    two_of_few as (
        select *
        from two_measures
        where greatest(first_base, last_base) > 1.05 * least(first_base, last_base)
        qualify sum(n) over (partition by key) <= greatest(2, {max_share} * n_of_key)
    ),
    found as (
        select key, text, 'unit_outlier' as rule, why
        from ranges_down
        union all
        select key, text, 'unit_outlier', 'parts that are more than all of it'
        from too_much
        union all
        select key, text, 'unit_outlier', 'a share of more than all of it'
        from beyond_all
        union all
        select
            key,
            text,
            case
                when regexp_matches(text, '^[0-9]')
                then 'mixed_units'
                else 'missing_attribute'
            end,
            'a question or a doubt behind the value'
        from doubtful
        union all
        select key, text, 'mixed_units', 'its unit is written twice'
        from doubled
        union all
        select key, text, 'mixed_units', 'two values, where nearly all have one'
        from two_of_few
    )
select
    e.import_id,
    e.line,
    f.rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'attributes',
                attribute := min(e.name),
                old := left(min_by(f.text, e.name), 100),
                why := min_by(f.why, e.name)
            )
        ) as varchar
    ) as detail
from attribute_values as e
join found as f on f.key = e.key and f.text = trim(e.value)
group by e.import_id, e.line, f.rule
