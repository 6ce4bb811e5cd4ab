-- One row per attribute of a product: import_id, line, category, key, name, value,
-- is_text.
--
-- An object with one name twice is no JSON that two readers agree on, and is left
-- out.
--
-- {rows} the products left, with category and attributes (JSON)
-- {key} the folded name of entry.key, equal for all synonyms of one name
-- {placeholders} texts that say "no value", in lower case, quoted, with commas
select
    import_id,
    line,
    category,
    {key} as key,
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
where lower(trim(entry.value ->> '$')) not in ({placeholders})
