-- Clicks on three results or more of a page, faster than a hand: several at one instant
-- are a coarse clock, or a list that was sent at once.
-- {hand_us} from one click to the next, at least, µs
with
    fast as (
        select query_id, visitor_id
        from outcomes
        where event_type = 'click'
        group by query_id, visitor_id
        having
            count(distinct product_id) >= 3
            and count(distinct occurred_at_us) >= 3
            and max(occurred_at_us) - min(occurred_at_us) <= {hand_us} * count(*)
    )
select
    import_id,
    line,
    struct_pack(
        whose := visitor_id,
        query_id := query_id,
        reason := 'several results within moments'
    ) as detail
from outcomes
semi join fast using (query_id, visitor_id)
where event_type = 'click'
