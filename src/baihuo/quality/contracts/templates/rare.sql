-- Cells whose value hardly any other row of the group has.
-- {rows}      the table
-- {where}     rows that are looked at
-- {by}        the columns that name the group
-- {by_present} none of them is empty
-- {column}    the column
-- {min_rows}  cells that a group must have
-- {max_share} of them that may have a value that is rare
-- {max_rare}  of a group's cells that may be rare: more, and the column has no usual
-- values
with
    looked_at as (
        select import_id, line, {by}, cast({column} as varchar) as cell
        from {rows}
        where {column} is not null and {by_present} and ({where})
    ),
    counted as (select {by}, cell, count(*) as n from looked_at group by all),
    compared as (
        select
            {by},
            cell,
            n,
            sum(n) over (partition by {by}) as n_rows,
            sum(n) filter (n <= {max_share} * n_rows) over (partition by {by}) as n_rare
        from (select *, sum(n) over (partition by {by}) as n_rows from counted)
    )
select
    import_id,
    line,
    null as new,
    struct_pack(
        field := '{column}', old := left(cell, 200), rows_like_it := n, rows := n_rows
    ) as detail
from looked_at
join compared using ({by}, cell)
where
    n_rows >= {min_rows} and n <= {max_share} * n_rows and n_rare <= {max_rare} * n_rows
