-- Impressions with their outcomes, a row each, in the order of the pages. Impressions
-- so late that their attribution window was still open when the log ended are left
-- out.
-- Tables: events (clean).
-- {window_us} attribution window from the impression, µs
with
    pages as (
        select
            query_id,
            min(received_at_us) as at_us,
            min(visitor_id) as visitor_id,
            max(query_text) as query_text,
            max(surface) as surface,
            max(device) as device,
            max(platform) as platform
        from events
        where query_id is not null
        group by query_id
    ),
    impressions as (
        select
            query_id,
            product_id,
            min(event_id) as event_id,
            min(occurred_at_us) as impression_at_us,
            min(position) as position,
            max(propensity) as propensity
        from events
        where
            event_type = 'impression'
            and query_id is not null
            and product_id is not null
            and position is not null
        group by query_id, product_id
    ),
    candidates as (
        select
            impressions.*,
            pages.at_us,
            pages.visitor_id,
            pages.query_text,
            pages.surface,
            pages.device,
            pages.platform
        from impressions
        join pages on impressions.query_id = pages.query_id
        where
            pages.surface in ('search', 'home', 'similar')
            and impressions.impression_at_us
            <= (select max(occurred_at_us) from events) - {window_us}
    ),
    outcomes as (
        select
            candidates.query_id,
            candidates.product_id,
            max(case when o.event_type = 'click' then 1 else 0 end) as is_clicked,
            max(
                case
                    o.event_type when 'click' then 1 when 'add_to_cart' then 2 else 3
                end
            ) as gain
        from candidates
        join
            events as o
            on o.visitor_id = candidates.visitor_id
            and o.product_id = candidates.product_id
            and o.occurred_at_us >= candidates.impression_at_us
            and o.occurred_at_us <= candidates.impression_at_us + {window_us}
        where
            o.event_type in ('click', 'add_to_cart', 'purchase')
            and (
                o.query_id = candidates.query_id
                or (o.query_id is null and o.event_type <> 'click')
            )
        group by candidates.query_id, candidates.product_id
    ),
    clicks as (
        select visitor_id, product_id, received_at_us
        from events
        where event_type = 'click' and product_id is not null
    ),
    anchors as (
        select
            page.query_id,
            max(
                cast(clicks.received_at_us as varchar) || '|' || clicks.product_id
            ) as last
        from
            (
                select distinct query_id, visitor_id, at_us
                from candidates
                where surface = 'similar'
            ) as page
        join
            clicks
            on clicks.visitor_id = page.visitor_id
            and clicks.received_at_us < page.at_us
        group by page.query_id
    ),
    rows_of_pages as (
        select
            candidates.event_id,
            candidates.query_id,
            candidates.visitor_id,
            candidates.product_id,
            candidates.surface,
            candidates.query_text,
            candidates.device,
            candidates.platform,
            candidates.position,
            candidates.propensity,
            candidates.at_us,
            coalesce(outcomes.is_clicked, 0) as is_clicked,
            coalesce(outcomes.gain, 0) as gain,
            substr(anchors.last, strpos(anchors.last, '|') + 1) as anchor_id
        from candidates
        left join
            outcomes
            on candidates.query_id = outcomes.query_id
            and candidates.product_id = outcomes.product_id
        left join anchors on candidates.query_id = anchors.query_id
    )
select
    row_number() over (order by at_us, query_id, position, product_id)
    - 1 as example_id,
    event_id,
    query_id,
    visitor_id,
    product_id,
    surface,
    query_text,
    device,
    platform,
    anchor_id,
    position,
    propensity,
    at_us,
    is_clicked,
    gain
from rows_of_pages
order by at_us, query_id, position, product_id
