-- Purchases, each with the first view of its product by its visitor (null: no view).
select
    p.*,
    (
        select min(v.occurred_at_us)
        from events_of_pairs as v
        where
            v.visitor_id = p.visitor_id
            and v.product_id = p.product_id
            and v.event_type not in ('purchase', 'cancel')
    ) as first_view_us
from events_of_pairs as p
where event_type = 'purchase' and is_here
