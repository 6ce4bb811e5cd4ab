-- Rows whose text states another value than the column that holds it.
-- {rows}    the table
-- {where}   rows that are looked at
-- {column}  the column with the value
-- {text}    the column with the text
-- {pattern} a regular expression (RE2) whose first group is the value in the text
with
    stated as (
        select
            import_id,
            line,
            lower(cast({column} as varchar)) as cell,
            list_distinct(
                regexp_extract_all(lower({text}), {pattern}, 1)
            ) as values_in_text
        from {rows}
        where {column} is not null and {text} is not null and ({where})
    )
select
    import_id,
    line,
    null as new,
    struct_pack(
        field := '{column}',
        old := left(cell, 200),
        stated := left(values_in_text[1], 200)
    ) as detail
from stated
where
    len(values_in_text) = 1
    and values_in_text[1] <> ''
    and values_in_text[1] <> cell
    and coalesce(
        try_cast(values_in_text[1] as double) <> try_cast(cell as double), true
    )
