-- Pages (the rows of one query_id) with what shows that one needs a closer look:
-- query_id, surface, query_text, is_odd (its rows do not say the same of the visit),
-- is_repeated (a
-- position or a product comes twice). The log is read once for it.
-- {rows} the events left
select
    query_id,
    min(surface) as surface,
    min(query_text) as query_text,
    min(platform) <> max(platform)
    or min(device) <> max(device)
    or min(country) <> max(country)
    or min(language) <> max(language)
    or min(surface) <> max(surface)
    or min(query_text) <> max(query_text)
    or min(visitor_id) <> max(visitor_id) as is_odd,
    list_unique(list(hash(product_id)) filter (is_placed)) < count(*) filter (is_placed)
    or list_unique(list(position) filter (is_placed))
    < count(*) filter (is_placed) as is_repeated
from
    (
        select
            *,
            event_type = 'impression'
            and position is not null
            and product_id is not null as is_placed
        from {rows}
        where event_type in ('impression', 'click', 'dwell') and query_id is not null
    )
group by query_id
