-- TODO: what its rows are
-- {key_sql}
-- {nothing}
-- {rows}
select
    import_id,
    line,
    category,
    {key_sql} as key,
    entry.key as name,
    entry.value ->> '$' as value,
    json_type(entry.value) = 'VARCHAR' as is_text
from
    (
        select
            import_id,
            line,
            category,
            unnest(
                map_entries(try_cast(json(attributes) as map(varchar, json)))
            ) as entry
        from {rows}
        where
            length(attributes) > 2
            and json_valid(attributes)
            and json_type(attributes) = 'OBJECT'
    )
where lower(trim(entry.value ->> '$')) not in ({nothing})
