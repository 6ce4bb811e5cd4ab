-- Rows inside floods: import_id, line, visitor_id, n (actions of the flood), from_us,
-- per_second. An action is in a flood if it has so many around it, and a fifth of them
-- close on one side, so that the quiet actions before and after it stay. In a log of
-- whole minutes a flood is more than a minute holds.
-- {flood_acts}  so many actions …
-- {per_second}  … at this rate make a flood
-- {span_us}     the time that they take at this rate, µs
-- {max_clients} from so many clients on it is many people under one id
with
    counted as (
        select
            visitor_id,
            at_us,
            case
                when max(at_us % 60000000) over (partition by visitor_id) = 0
                then greatest({flood_acts}, 60 * {per_second})
                else {flood_acts}
            end as n_needed,
            count(*) over (
                partition by visitor_id
                order by at_us range between {span_us} preceding and {span_us} following
            ) as n_around,
            count(*) over (
                partition by visitor_id
                order by
                    at_us range between divide({span_us}, 5) preceding and current row
            ) as n_before,
            count(*) over (
                partition by visitor_id
                order by at_us
                range between current row and divide({span_us}, 5) following
            ) as n_after
        from actions
    ),
    dense as (
        select
            *,
            at_us - lag(at_us) over (partition by visitor_id order by at_us) as gap_us
        from counted
        where n_around >= n_needed and 5 * greatest(n_before, n_after) >= n_needed
    ),
    numbered as (
        select
            *,
            sum(case when gap_us <= {span_us} then 0 else 1 end) over (
                partition by visitor_id order by at_us rows unbounded preceding
            ) as flood
        from dense
    ),
    floods as (
        select visitor_id, min(at_us) as from_us, max(at_us) as to_us, count(*) as n
        from numbered
        group by visitor_id, flood
    )
select
    import_id,
    line,
    visitor_id,
    n,
    from_us,
    round(n / greatest((to_us - from_us) / 1e6, 1), 1) as per_second
from busy_rows
join floods using (visitor_id)
-- what its last page still sends is part of it
where at_us between from_us and to_us + divide({span_us}, 5)
qualify
    len(list_distinct(list(client) over (partition by visitor_id, from_us)))
    < {max_clients}
