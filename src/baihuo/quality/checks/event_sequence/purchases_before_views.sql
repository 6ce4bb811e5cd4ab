-- Findings: purchases of products that the visitor had not viewed before. Not judged
-- are
-- those in a hole of the log, or so soon after it that the view was likely lost in it.
-- {tolerance_us} out of order by no more than this is in order, µs
-- {after_hole_us} after a hole: as long as it, and at least so long, µs
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
    ) as doubtful
anti join
    (select * from unplaced_events where event_type <> 'purchase') using (
        visitor_id, product_id
    )
where
    not exists (
        select 1
        from view_holes as h
        where
            (h.platform is null or h.platform = doubtful.platform)
            and occurred_at_us >= starts_us
            and occurred_at_us
            < ends_us + greatest(ends_us - starts_us, {after_hole_us})
    )
