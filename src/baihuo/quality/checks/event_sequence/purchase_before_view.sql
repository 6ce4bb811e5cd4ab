-- Purchases of products that the visitor had not viewed before. What was bought in a
-- hole of the log, or soon after it, may have been viewed in it.
-- {tolerance_us} out of order by no more than this is in order, µs
select
    import_id,
    line,
    struct_pack(bought_at_us := occurred_at_us, seen_at_us := first_view_us) as detail
from purchases_with_views as p
anti join
    (
        select *
        from unplaced_pairs
        where event_type in ('impression', 'click', 'dwell', 'add_to_cart')
    ) using (visitor_id, product_id)
where
    coalesce(first_view_us > occurred_at_us + {tolerance_us}, true)
    and not exists (
        select 1
        from view_holes as h
        where
            coalesce(h.platform = p.platform, h.platform is null)
            and p.occurred_at_us between h.starts_us and 2 * h.ends_us - h.starts_us
    )
