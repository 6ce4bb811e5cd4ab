-- Findings: attributes that cannot be true together, or not with the title's pack: more
-- watts than volts times amperes, a net weight above the gross, a minimum above the
-- maximum, a pack of six that is one piece.
--
-- Reads attribute_values.
--
-- {rows}  products: title_en, title_zh
-- {units} rows (spelling, dimension, factor)
-- {times} more watts than volts times amperes, before they are too many: three phases
with
    units(unit, dimension, factor) as (values {units}),
    measures as materialized(
        select
            e.import_id,
            e.line,
            name,
            value,
            lower(trim(name)) as folded_name,
            cast(
                replace(
                    regexp_extract(value, '^([0-9]+(?:[.,][0-9]+)?)', 1), ',', '.'
                ) as double
            ) as number,
            u.dimension,
            number * u.factor as base
        from attribute_values as e
        left join
            units as u
            on u.unit = lower(
                regexp_extract(
                    trim(value), '^[0-9]+(?:[.,][0-9]+)? ?([^0-9 ]{1,6})$', 1
                )
            )
        where
            regexp_matches(
                trim(value), '^[0-9]{1,9}(?:[.,][0-9]{1,4})?(?: ?[^0-9 ]{1,6})?$'
            )
    ),
    electric as (  -- where there are several, those of the whole thing
        select
            import_id,
            line,
            max(base) filter (dimension = 'voltage') as volts,
            max(base) filter (dimension = 'current') as amperes,
            max(base) filter (dimension = 'power') as watts
        from
            (
                select
                    *,
                    count(*) over (partition by import_id, line, dimension) = 1
                    or regexp_matches(
                        folded_name,
                        '^(?:rated |nominal |input |operating |mains )?(?:voltage|current|power)(?: consumption| rating)?$|^(?:额定|输入|工作)?(?:电压|电流|功率)$'
                    ) as is_of_all
                from measures
                where dimension in ('voltage', 'current', 'power')
            )
        where is_of_all
        group by import_id, line
        having count(distinct dimension) = 3
    ),
    pairs as (
        select
            a.import_id,
            a.line,
            a.name as one,
            a.value as one_value,
            b.name as other,
            b.value as other_value
        from measures as a
        join
            measures as b
            on a.import_id = b.import_id
            and a.line = b.line
            and a.dimension is not distinct from b.dimension
            and coalesce(a.base, a.number) > 1.001 * coalesce(b.base, b.number)
            -- the smallest opening of a lens has the largest number
            and not regexp_matches(a.folded_name, 'aperture|shutter|光圈|快门')
            and (
                (
                    regexp_matches(a.folded_name, '\bnet\b|净重')
                    and b.folded_name
                    = replace(replace(a.folded_name, 'net', 'gross'), '净重', '毛重')
                )
                or (
                    regexp_matches(a.folded_name, '^min(?:imum|imal)?\b|最小|最低')
                    and regexp_replace(b.folded_name, '^max(?:imum|imal)?\b|最大|最高', 'x')
                    = regexp_replace(a.folded_name, '^min(?:imum|imal)?\b|最小|最低', 'x')
                )
            )
    ),
    packs as (
        select
            m.import_id,
            m.line,
            name,
            value,
            number,
            try_cast(
                coalesce(
                    nullif(
                        regexp_extract(
                            title_en,
                            '(?i)\b(?:pack|set|box|case|bundle) of ([0-9]{1,3})\b',
                            1
                        ),
                        ''
                    ),
                    nullif(
                        regexp_extract(
                            title_en, '(?i)\b([0-9]{1,3})[- ](?:pack|pcs|pieces)\b', 1
                        ),
                        ''
                    ),
                    nullif(
                        regexp_extract(title_zh, '([0-9]{1,3})(?:件|只|个|支|瓶|盒|袋|包)装', 1),
                        ''
                    )
                ) as double
            ) as titled
        from measures as m
        join {rows} as r using (import_id, line)
        where
            regexp_matches(
                folded_name,
                '\b(?:pieces|pcs|units|items)\b.*\b(?:pack|set|box)|\b(?:pack|set) (?:size|quantity|count)|\bquantity per pack|\bnumber of (?:pieces|units|items)|^(?:pieces|pack|quantity|count)$|件数|包装数量|每包'
            )
            and (dimension is null or dimension = 'count')
    ),
    found as (
        select
            import_id,
            line,
            'unit_outlier' as rule,
            watts || ' W, ' || volts || ' V, ' || amperes || ' A' as statement,
            'more watts than volts times amperes' as why
        from electric
        where watts > {times} * volts * amperes
        union all
        select
            import_id,
            line,
            'unit_outlier',
            one || ' ' || one_value || ', ' || other || ' ' || other_value,
            'the smaller is larger'
        from pairs
        union all
        select
            import_id,
            line,
            'title_contradicts_attribute',
            name || ' ' || value,
            'the title says ' || cast(titled as integer)
        from packs
        where titled >= 2 and number = 1  -- ten sheets of eight pockets are no slip
    )
select
    import_id,
    line,
    rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'attributes',
                attribute := min(statement),
                old := min(statement),
                why := min_by(why, statement)
            )
        ) as varchar
    ) as detail
from found
group by import_id, line, rule
