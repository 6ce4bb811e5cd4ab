-- Rows of whoever has more of them in a window of time than anybody should.
-- {rows}      the table
-- {where}     rows that are counted
-- {by}        who: a visitor, a session, a product
-- {by_present} none of them is empty
-- {at}        the time of a row, µs
-- {window_us} the length of a window
-- {most}      rows of a window that are not too many
with
    looked_at as (
        select import_id, line, {by}, floor({at} / {window_us}) as window_no
        from {rows}
        where {by_present} and ({where})
    ),
    busy as (
        select {by}, window_no, count(*) as n
        from looked_at
        group by {by}, window_no
        having n > {most}
    )
select import_id, line, null as new, struct_pack(rows := n, most := {most}) as detail
from looked_at
join busy using ({by}, window_no)
