-- Pages (the rows of one query_id): query_id, surface, is_repeated (a position or a
-- product comes twice). The log is read once for it.
-- {rows} the events left
select
    query_id,
    min(surface) as surface,
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
