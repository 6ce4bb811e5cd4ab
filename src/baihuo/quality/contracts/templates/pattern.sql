-- Cells in another form than the column's, in a table most of whose cells have it.
-- {rows}      the table
-- {where}     rows that are looked at
-- {column}    the column
-- {pattern}   a regular expression (RE2) that a whole cell must match
-- {min_share} of the cells that match it; fewer, and the column has no such form
with
    cells as (
        select
            import_id,
            line,
            cast({column} as varchar) as cell,
            regexp_full_match(cell, {pattern}) as is_right
        from {rows}
        where {column} is not null and ({where})
    )
select
    import_id,
    line,
    null as new,
    struct_pack(
        field := '{column}', old := left(cell, 200), pattern := {pattern}
    ) as detail
from cells
where not is_right and (select avg(is_right::integer) from cells) >= {min_share}
