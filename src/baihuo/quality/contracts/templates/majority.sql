-- Rows whose cells differ from the most frequent ones of their group. Empty cells say
-- nothing.
-- {rows}       the table
-- {where}      rows that are looked at
-- {by}         the columns that name the group
-- {by_present} none of them is empty
-- {columns}    the columns that are compared
-- {texts}      the same, as text
-- {min_rows}   cells that a group must have
-- {share}      of them that must agree
-- {new}        usual: the most frequent value is put into the cell; null: it is only
-- named
-- {max_broken} rows of all that may differ: more, and the groups are no groups of
-- this column
with
    looked_at as (
        select import_id, line, {by}, {texts}
        from {rows}
        where {by_present} and ({where})
    ),
    varied as (
        select {by}
        from (select {by}, count(*) as n from looked_at group by {by}, {columns})
        group by {by}
        having sum(n) >= {min_rows} and count(*) > 1
    ),
    cells as (
        unpivot (select looked_at.* from looked_at semi join varied using ({by}))
        on {columns}
        into name field value cell
    ),
    counted as (select {by}, field, cell, count(*) as n from cells group by all),
    modes as (
        select
            {by}, field, arg_max(cell, n) as usual, max(n) as n_usual, sum(n) as n_rows
        from counted
        group by {by}, field
        having n_rows >= {min_rows} and n_usual < n_rows and n_usual >= {share} * n_rows
    ),
    odd as (
        select
            import_id,
            line,
            field,
            cell,
            usual,
            n_rows,
            count(*) over (partition by field) as n_odd
        from cells
        join modes using ({by}, field)
        where cell <> usual
    )
select
    import_id,
    line,
    {new} as new,
    struct_pack(
        field := field,
        old := left(cell, 200),
        expected := left(usual, 200),
        rows := n_rows
    ) as detail
from odd
where n_odd <= {max_broken} * (select count(*) from looked_at)
