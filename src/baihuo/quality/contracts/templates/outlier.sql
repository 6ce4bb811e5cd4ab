-- Positive numbers far from the median of their group, in logarithms (median and MAD).
-- {rows}     the table
-- {where}    rows that are looked at
-- {by}       the columns that name the group
-- {by_present} none of them is empty
-- {column}   the column
-- {min_rows} numbers that a group must have
-- {mads}     median absolute deviations (times 1.4826) that are far
-- {times}    and how many times the median, or a part of it, a number must be at least
with
    numbers as (
        select import_id, line, {by}, {column} as cell, ln({column}) as log_cell
        from {rows}
        where {column} > 0 and {by_present} and ({where})
    ),
    centres as (
        select {by}, median(log_cell) as centre
        from numbers
        group by {by}
        having count(*) >= {min_rows}
    ),
    spreads as (
        select {by}, centre, median(abs(log_cell - centre)) as mad
        from numbers
        join centres using ({by})
        group by all
    )
select
    import_id,
    line,
    null as new,
    struct_pack(
        field := '{column}',
        old := cast(cell as varchar),
        usual := round(exp(centre), 3),
        times := round(exp(log_cell - centre), 3)
    ) as detail
from numbers
join spreads using ({by})
where abs(log_cell - centre) > greatest(ln({times}), {mads} * 1.4826 * mad)
