-- Visitors with a session that begins before or soon after another of theirs ended:
-- visitor_id. Most have none, so few rows are looked at one by one.
-- {gap_us} a gap without an event that ends a visit, µs
select distinct visitor_id
from
    (
        select
            *,
            max(last_us) over (
                partition by visitor_id, device, platform
                order by first_us, session_id
                rows between unbounded preceding and 1 preceding
            ) as until_us
        from spans
    )
where first_us <= until_us + {gap_us}
