-- One row per attribute of a product: import_id, line, key, name, value.
--
-- An object with one name twice is no JSON that two readers agree on, and is left
-- out.
--
-- {rows} the products left, with attributes (JSON)
-- {key} the folded name of entry.key, equal for all synonyms of one name
-- {placeholders} texts that say "no value", in lower case, quoted, with commas
select import_id, line, {key} as key, entry.key as name, entry.value ->> '$' as value
from
    (
        select
            import_id,
            line,
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
