-- A join of the block's totals: the value at the last time, the largest where several
-- came at one microsecond.
-- Tables: totals (the block's keys with their columns), events (encoded).
-- {context}   of an event, the part of the key that is one for a request, or 0
-- {code}      of an event, the part of the key that differs by product, or 0
-- {last_time} the column of totals with the last time
-- {kinds}     whether an event is of a kind that this feature reads
-- {value}     the value of an event
-- {join_name} the name of the join
left join
    (
        select o.context, o.code, max({value}) as v
        from totals as o
        join
            events
            on {context} = o.context
            and {code} = o.code
            and events.at_us = o. {last_time}
        where {kinds}
        group by 1, 2
    ) as {join_name}
    on {join_name}.context = totals.context
    and {join_name}.code = totals.code
