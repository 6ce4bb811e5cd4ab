-- Outcomes that name their page: import_id, line, event_type, visitor_id, query_id,
-- product_id, position, dwell_ms, occurred_at_us, with what the impressions of the
-- product there say: shown_at (null: none has it, or several positions),
-- impression_us.
-- {rows} the events left
with
    outcomes as (
        select *
        from {rows} as r
        where
            event_type
            in ('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'purchase')
            and r.query_id is not null
            and product_id is not null
    ),
    impressions as (
        select
            query_id,
            product_id,
            case
                when min(r.position) = max(r.position) then min(r.position)
            end as shown_at,
            min(r.occurred_at_us) as impression_us
        from {rows} as r
        semi join outcomes using (query_id, product_id)
        where event_type = 'impression'
        group by query_id, product_id
    )
select outcomes.*, shown_at, impression_us
from outcomes
left join impressions using (query_id, product_id)
