-- Findings: products with a word for null as the value of an attribute that nearly all
-- others who have it say. Where many say "N/A", it is how the shop writes "does not
-- apply".
--
-- Left out are products with a finding of missing attributes, which says the same:
-- missing_attributes.
-- {rows}           the products left, with attributes (JSON)
-- {placeholders}   texts that say "no value", in lower case, quoted, with commas
-- {max_null_share} of the products with an attribute, with such a word, 0 to 1
with
    entries as (
        select import_id, line, entry.key as name, trim(entry.value ->> '$') as value
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
    ),
    written as (
        select import_id, line, name, value
        from entries
        where value <> '' and lower(value) in ({placeholders})
    ),
    rare as (
        select name
        from (select name, count(*) as n_null from written group by name)
        join
            (
                select name, count(*) as n
                from entries
                where name in (select name from written)
                group by name
            ) using (name)
        where n_null <= {max_null_share} * n
    )
select
    import_id,
    line,
    'missing_attribute' as rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'attributes',
                n_missing := count(*),
                missing := list(
                    struct_pack(name := name, written := left(value, 100)) order by name
                )[:5]
            )
        ) as varchar
    ) as detail
from written
semi join rare using (name)
anti join missing_attributes using (import_id, line)
group by import_id, line
