-- The listing that tells most stays; of equal ones the one that sold and was seen
-- most, then the oldest.
select
    n,
    import_id,
    line,
    s.product_id,
    row_number() over (
        order by
            n_filled desc,
            coalesce(n_purchases, 0) desc,
            coalesce(n_events, 0) desc,
            released_at_us nulls last,
            s.product_id,
            import_id,
            line
    )
    - 1 as place
from suspects as s
left join counts using (product_id)
