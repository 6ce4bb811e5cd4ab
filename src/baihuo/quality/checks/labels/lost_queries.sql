-- Outcomes without a query id on surfaces whose pages have one, with the only page of
-- the
-- session that showed the product to the visitor there before (query_id).
-- {rows}     the events left
-- {slack_us} that events of one client may arrive out of order, µs
with
    surfaces as (select distinct surface from pages),
    outcomes as (
        select *
        from {rows} as r
        semi join surfaces using (surface)
        where
            query_id is null
            and product_id is not null
            and event_type
            in ('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'purchase')
    ),
    impressions as (
        select
            visitor_id,
            session_id,
            product_id,
            surface,
            query_id,
            r.position,
            occurred_at_us
        from {rows} as r
        semi join outcomes using (visitor_id, session_id, product_id, surface)
        where event_type = 'impression' and query_id is not null
    )
select o.import_id, o.line, min(i.query_id) as query_id
from outcomes as o
join
    impressions as i
    on i.visitor_id = o.visitor_id
    and i.session_id = o.session_id
    and i.product_id = o.product_id
    and i.surface = o.surface
    and i.occurred_at_us <= o.occurred_at_us + {slack_us}
    and coalesce(i.position = o.position, true)
group by o.import_id, o.line
having count(distinct i.query_id) = 1
