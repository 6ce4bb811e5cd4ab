-- The totals of one entity at a moment: context, code, c0, c1, … in the layout of
-- serving's counters, sorted, without empty keys.
-- Tables: events (encoded).
-- {context}       the part of the key that is one for a request; 0: the entity has none
-- {code}          the part of the key that differs by product; 0: none
-- {key}           the whole key; NULL: the event lacks a part
-- {block_kinds}   whether an event is of a kind that the block reads
-- {aggregates}    sums, decayed sums and last times
-- {columns}       the columns of totals, then the values at the last times
-- {joined_totals} totals, joined with those values
-- {is_kept}       whether any column says something
with
    totals as (
        select {context} as context, {code} as code, {aggregates}
        from events
        where {key} is not null and {block_kinds}
        group by 1, 2
    )
select {columns}
from {joined_totals}
where {is_kept}
order by totals.context, totals.code
