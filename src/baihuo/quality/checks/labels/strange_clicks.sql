-- Clicks and stays of products that no impression of their page shows (not_shown), at a
-- position of a page without holes, so that another product was there; and clicks on a
-- result that had just come on screen (at_once). What more of a surface's
-- clicks are is how it works, and none.
--
-- {kinds}       of not_shown and at_once: those of the checks that are on
-- {max_share} of a surface's clicks (or stays)
-- {reaction_us} a hand takes longer from seeing to clicking; µs
with
    pages as (
        select
            query_id,
            -- none of a page with holes: a position of it proves nothing
            case
                when
                    sum(n_distinct_below_120) > max(last_position) - min(first_position)
                then min(first_position)
            end as first_position,
            max(last_position) as last_position
        from page_profiles
        group by query_id
    ),
    opened as (
        select
            o.import_id,
            o.line,
            o.event_type,
            o.query_id,
            o.product_id,
            o.surface,
            o.visitor_id,
            o.occurred_at_us,
            impression_us,
            impression_us is null as has_no_impression,
            has_no_impression
            and o.position between first_position and last_position as is_not_shown,
            event_type = 'click'
            and occurred_at_us - impression_us between 1 and {reaction_us} as is_at_once
        from page_outcomes as o
        left join outcome_impressions as i using (query_id, product_id)
        join pages using (query_id)
        where event_type in ('click', 'dwell') and o.product_id is not null
    ),
    shares as (
        select
            surface,
            event_type,
            count(*) filter (has_no_impression)
            <= {max_share} * count(*) as is_shown_first,
            count(*) filter (is_at_once) <= {max_share} * count(*) as is_by_hand
        from opened
        group by surface, event_type
    )
select
    o.* exclude (has_no_impression, is_not_shown, is_at_once),
    case when is_not_shown then 'not_shown' else 'at_once' end as odd
from opened as o
join
    shares as s
    on s.surface is not distinct from o.surface
    and s.event_type = o.event_type
where
    odd in ({kinds})
    and ((is_not_shown and is_shown_first) or (is_at_once and is_by_hand))
