-- Rows that repeat an earlier row of the same columns.
-- {rows}       the table
-- {where}      rows that are looked at
-- {by}         the columns that are the same
-- {by_present} none of them is empty
-- {at}         the time of a row, µs; null: rows have none
-- {id}         what names the first row in the finding
-- {within_us}  since the row before it; null: however long
-- {min_repeats} rows of one kind: fewer are none
with
    looked_at as (
        select import_id, line, {by}, {at} as at_us, {id} as id
        from {rows}
        where {by_present} and ({where})
    ),
    repeated as (
        select {by} from looked_at group by {by} having count(*) >= {min_repeats}
    ),
    placed as (
        select
            import_id,
            line,
            row_number() over again as nth,
            at_us - lag(at_us) over again as since_us,
            first_value(id) over again as first_id,
            count(*) over (partition by {by}) as n
        from looked_at
        semi join repeated using ({by})
        window again as (partition by {by} order by at_us, import_id, line)
    )
select
    import_id,
    line,
    null as new,
    struct_pack(
        same_as := first_id, times := n, since_ms := round(since_us / 1000)
    ) as detail
from placed
where nth > 1 and ({within_us} is null or since_us <= {within_us})
