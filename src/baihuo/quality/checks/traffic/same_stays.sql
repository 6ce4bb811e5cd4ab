-- Farms of newcomers who stayed on one product for the same time: visitor_id,
-- product_id, n (visitors), stay_ms, from_us. People's stays differ by a factor; those
-- of a script do not. Many came within the hour, a good part of all newcomers who
-- opened the product then stayed so, and few did on other products. Whole seconds are
-- no measure: shops end stays after half a minute.
--
-- {rows}       events: event_type, visitor_id, product_id, occurred_at_us, dwell_ms
-- {max_rows}   of a newcomer
-- {visitors}   so many with one stay
-- {min_share}  of the product's newcomers in that hour
-- {max_common} of all stays; a commoner one is how the shop measures
-- {window_us}  before and after a visitor, µs
with
    newcomers as (
        select actor as visitor_id
        from days
        group by actor
        having count(*) = 1 and sum(n) <= {max_rows}
    ),
    all_stays as materialized(
        select
            visitor_id,
            product_id,
            occurred_at_us,
            dwell_ms,
            -- equal within one or two in a hundred, by either of two rulers
            50 * ln(dwell_ms) as mark
        from {rows}
        where
            event_type = 'dwell'
            and product_id is not null
            and dwell_ms > 0
            and dwell_ms % 1000 <> 0
    ),
    stays as (
        select distinct on (s.visitor_id, product_id) s.*
        from all_stays as s
        semi join newcomers using (visitor_id)
        order by s.visitor_id, product_id, occurred_at_us, dwell_ms
    ),
    measured as (
        select *, unnest([floor(mark), floor(mark + 0.5) + 0.5]) as length from stays
    ),
    counted as (
        select
            *,
            count(*) over same as n_same,
            -- each has two lengths
            count(*) over (
                partition by product_id
                order by
                    occurred_at_us
                    range between {window_us} preceding and {window_us} following
            )
            / 2 as n_near
        from measured
        window
            same as (
                partition by product_id, length
                order by
                    occurred_at_us
                    range between {window_us} preceding and {window_us} following
            )
    ),
    lengths as (
        select product_id, length, count(*) as n
        from
            (
                select
                    product_id, unnest([floor(mark), floor(mark + 0.5) + 0.5]) as length
                from all_stays
            )
        group by product_id, length
    ),
    -- on other products, too
    common as (
        select product_id, length
        from lengths
        qualify
            sum(n) over (partition by length) - n
            > {max_common}
            * (sum(n) over () - sum(n) over (partition by product_id))
            / 2
    ),
    members as (
        select
            *,
            -- within half an hour of one who has so many around
            bool_or(n_same >= greatest({visitors}, {min_share} * n_near)) over (
                partition by product_id, length
                order by
                    occurred_at_us
                    range between {window_us} preceding and {window_us} following
            ) as is_member
        from counted
        anti join common using (product_id, length)
    )
select
    visitor_id,
    product_id,
    count(distinct visitor_id) over (partition by product_id) as n,
    median(dwell_ms) over (partition by product_id) as stay_ms,
    min(occurred_at_us) over (partition by product_id) as from_us
from members
where is_member
