-- Findings: purchases of products that the visitor had not viewed before.
-- {tolerance_us} out of order by no more than this is in order, µs
select
    import_id,
    line,
    'purchase_before_view' as rule,
    'quarantine' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(bought_at_us := occurred_at_us, seen_at_us := first_view_us)
        ) as varchar
    ) as detail
from
    (
        select *
        from purchases_with_views
        where first_view_us is null or first_view_us > occurred_at_us + {tolerance_us}
    )
anti join server_timed_views using (visitor_id, product_id)
