-- Visitors in each hour, by platform: hour (since 1970), platform, n. A visitor who
-- comes back in another hour counts again, so that hours add up.
--
-- {rows}    the events left, with visitor_id, platform and occurred_at_us
-- {hour_us} an hour, µs
-- {one_in}  of so many visitors one is counted: a long log has more than enough
select hour, platform, count(*) as n
from
    (
        select distinct divide(occurred_at_us, {hour_us}) as hour, platform, visitor_id
        from {rows}
        where visitor_id is not null and hash(visitor_id) % {one_in} = 0
    )
group by all
