-- TODO: what its rows are
-- {window_us}
with
    asked as (
        select
            query_id,
            min(received_at_us) as at_us,
            min(visitor_id) as visitor_id,
            max(query_text) as query_text,
            max(surface) as surface,
            max(device) as device
        from events
        where query_id is not null
        group by query_id
    ),
    shown as (
        select
            query_id,
            product_id,
            min(event_id) as event_id,
            min(occurred_at_us) as shown_at_us,
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
    seen as (
        select
            shown.*,
            asked.at_us,
            asked.visitor_id,
            asked.query_text,
            asked.surface,
            asked.device
        from shown
        join asked on shown.query_id = asked.query_id
        where
            asked.surface in ('search', 'home', 'similar')
            and shown.shown_at_us
            <= (select max(occurred_at_us) from events) - {window_us}
    ),
    outcome as (
        select
            seen.query_id,
            seen.product_id,
            max(case when o.event_type = 'click' then 1 else 0 end) as is_clicked,
            max(
                case
                    o.event_type when 'click' then 1 when 'add_to_cart' then 2 else 3
                end
            ) as gain
        from seen
        join
            events as o
            on o.visitor_id = seen.visitor_id
            and o.product_id = seen.product_id
            and o.occurred_at_us >= seen.shown_at_us
            and o.occurred_at_us <= seen.shown_at_us + {window_us}
        where
            o.event_type in ('click', 'add_to_cart', 'purchase')
            and (
                o.query_id = seen.query_id
                or (o.query_id is null and o.event_type <> 'click')
            )
        group by seen.query_id, seen.product_id
    ),
    clicked as (
        select visitor_id, product_id, received_at_us
        from events
        where event_type = 'click' and product_id is not null
    ),
    anchor as (
        select
            page.query_id,
            max(
                cast(clicked.received_at_us as varchar) || '|' || clicked.product_id
            ) as last
        from
            (
                select distinct query_id, visitor_id, at_us
                from seen
                where surface = 'similar'
            ) as page
        join
            clicked
            on clicked.visitor_id = page.visitor_id
            and clicked.received_at_us < page.at_us
        group by page.query_id
    ),
    numbered as (
        select
            seen.event_id,
            seen.query_id,
            seen.visitor_id,
            seen.product_id,
            seen.surface,
            seen.query_text,
            seen.device,
            seen.position,
            seen.propensity,
            seen.at_us,
            coalesce(outcome.is_clicked, 0) as is_clicked,
            coalesce(outcome.gain, 0) as gain,
            substr(anchor.last, strpos(anchor.last, '|') + 1) as anchor_id
        from seen
        left join
            outcome
            on seen.query_id = outcome.query_id
            and seen.product_id = outcome.product_id
        left join anchor on seen.query_id = anchor.query_id
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
    anchor_id,
    position,
    propensity,
    at_us,
    is_clicked,
    gain
from numbered
order by at_us, query_id, position, product_id
