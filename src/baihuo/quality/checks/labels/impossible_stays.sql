-- Stays that the time since their click contradicts: longer than it, or a thousandth of
-- it (another unit), in a log where most stays are that time. Where a stay ends at the
-- instant of its click, that is when all were sent: so did the visitor's other rows.
-- {rows}      the events left
-- {max_share} of stays, longer: more, and a stay counts more than that
-- {min_rows}  stays with a click, before a share counts
with
    clicks as (
        select query_id, product_id, occurred_at_us as clicked_us
        from outcomes
        where event_type = 'click'
    ),
    stays as (
        select
            import_id,
            line,
            any_value(visitor_id) as visitor_id,
            any_value(occurred_at_us) as at_us,
            any_value(dwell_ms) as stay_ms,
            (at_us - max(clicked_us)) / 1000 as since_last_ms,
            (at_us - min(clicked_us)) / 1000 as since_first_ms
        from outcomes
        join clicks using (query_id, product_id)
        where event_type = 'dwell' and dwell_ms > 0 and clicked_us <= occurred_at_us
        group by import_id, line
    ),
    judged as (
        select
            *,
            stay_ms between 0.8 * since_last_ms and 1.2 * since_last_ms as is_usual,
            stay_ms > 1.2 * since_first_ms + 3000 as is_longer,
            since_last_ms > 2000
            and abs(1000 * stay_ms - since_last_ms)
            <= 0.1 * since_last_ms + 1000 as is_in_seconds
        from stays
    ),
    usual as (
        select
            count(*) >= {min_rows}
            and count(*) filter (is_usual) >= 0.7 * count(*) as is_known,
            count(*) filter (is_longer) <= {max_share} * count(*) as is_rare
        from judged
    ),
    odd as materialized(
        select judged.*
        from judged, usual
        where is_known and (is_in_seconds or (is_longer and is_rare))
    ),
    of_instants as (
        select r.import_id, r.line, max(stay_ms) as stay_ms, 0 as since_last_ms
        from {rows} as r
        join odd on odd.visitor_id = r.visitor_id and at_us = r.occurred_at_us
        where since_first_ms = 0
        group by r.import_id, r.line
    )
select
    import_id,
    line,
    field,
    struct_pack(
        field := field, stay_ms := stay_ms, since_click_ms := round(since_last_ms)
    ) as detail
from
    (
        select import_id, line, 'occurred_at_us' as field, stay_ms, since_last_ms
        from of_instants
        union all
        select import_id, line, 'dwell_ms', stay_ms, since_last_ms
        from odd
        where since_first_ms > 0
    )
