-- Outcomes that report another position than their impression, or came after its
-- window had closed: columns of page_outcomes with reported instead of position,
-- and impression_position (null where the page has several), impression_us,
-- impression_received_us.
--
-- {window_us} attribution window, µs
-- {late_us} that an outcome may be longer on its way than its impression, µs
with
    reported_outcomes as (
        select
            page_outcomes.* exclude (position),
            case when z.line is not null then 0 else position end as reported
        from page_outcomes
        left join
            (select import_id, line from zero_positions) as z using (import_id, line)
    )
select
    reported_outcomes.*,
    case when min_position = max_position then min_position end as impression_position,
    impression_us,
    impression_received_us
from reported_outcomes
join outcome_impressions using (query_id, product_id)
where
    (min_position = max_position and reported <> min_position)
    or (
        event_type in ('click', 'add_to_cart', 'purchase')
        and occurred_at_us <= impression_us + {window_us}
        and received_at_us > impression_received_us + {window_us}
        and (received_at_us - occurred_at_us) - (impression_received_us - impression_us)
        > {late_us}
    )
