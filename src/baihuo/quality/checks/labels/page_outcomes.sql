-- Outcomes that name their page.
--
-- {rows} the events left
select
    import_id,
    line,
    event_type,
    visitor_id,
    query_id,
    product_id,
    surface,
    platform,
    device,
    country,
    language,
    query_text,
    propensity,
    position,
    dwell_ms,
    occurred_at_us,
    received_at_us
from {rows}
where
    event_type in ('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'purchase')
    and query_id is not null
