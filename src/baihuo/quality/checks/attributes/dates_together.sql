-- Findings: listings that end before they begin: best before a day that lies before
-- the day of production. A date that can be read in two ways is read in the way that
-- would be in order.
--
-- Reads attribute_values.
--
-- {made} RE2 of names of the first day
-- {ends} RE2 of names of the last day
with
    written as (
        select
            import_id,
            line,
            name,
            trim(value) as text,
            regexp_matches(name, '{made}') as is_first,
            regexp_replace(regexp_replace(text, '[年月./]', '-', 'g'), '日?$', '') as date
        from attribute_values
        where
            (regexp_matches(name, '{made}') or regexp_matches(name, '{ends}'))
            and regexp_matches(value, '[0-9]{4}')
    ),
    read as (
        select
            *,
            list_filter(
                [
                    try_strptime(date, '%Y-%m-%d'),
                    try_strptime(date, '%Y%m%d'),
                    try_strptime(date, '%d-%m-%Y'),
                    try_strptime(date, '%m-%d-%Y'),
                    try_strptime(date, '%Y-%m-%d %H:%M:%S'),
                    try_strptime(date, '%Y-%m-%dT%H:%M:%SZ')
                ],
                lambda t:t is not null
            ) as times
        from written
    ),
    listings as (
        select
            import_id,
            line,
            min(list_min(times)) filter (is_first) as made_at,
            max(list_max(times)) filter (not is_first) as ends_at,
            min_by(name, list_min(times)) filter (is_first) as made_name,
            min_by(text, list_min(times)) filter (is_first) as made_text,
            max_by(name, list_max(times)) filter (not is_first) as ends_name,
            max_by(text, list_max(times)) filter (not is_first) as ends_text
        from read
        where len(times) > 0
        group by import_id, line
    )
select
    import_id,
    line,
    'unit_outlier' as rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'attributes',
                attribute := ends_name || ' ' || ends_text,
                old := made_name || ' ' || made_text,
                why := 'it ends before it begins'
            )
        ) as varchar
    ) as detail
from listings
where ends_at < made_at
