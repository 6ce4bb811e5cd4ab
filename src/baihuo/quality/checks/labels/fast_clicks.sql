-- Clicks sooner than a hand moves, after their result came on screen or after the
-- click before on the page, where few are. A time that an earlier step repaired says
-- nothing about a hand.
-- {hand_us}   a hand takes longer, µs
-- {max_share} of clicks: more, and it is how the shop sends them
with
    timed as (
        select
            *,
            occurred_at_us - greatest(
                impression_us,
                lag(occurred_at_us) over (
                    partition by query_id, visitor_id order by occurred_at_us
                )
            ) as after_us
        from outcomes
        where event_type = 'click'
    ),
    fast as (select * from timed where after_us between 1 and {hand_us})
select
    import_id,
    line,
    struct_pack(
        whose := visitor_id, query_id := query_id, after_ms := round(after_us / 1e3)
    ) as detail
from fast
semi join raw using (import_id, line, occurred_at_us)
where (select count(*) from fast) <= {max_share} * (select count(*) from timed)
