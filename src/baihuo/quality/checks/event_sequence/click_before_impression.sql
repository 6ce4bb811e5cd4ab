-- Clicks on a product that the same page showed only later.
-- {rows}         events: visitor_id, query_id, product_id, event_type, occurred_at_us
-- {tolerance_us} out of order by no more than this is in order, µs
with
    clicks as (
        select import_id, line, visitor_id, query_id, product_id, occurred_at_us
        from {rows}
        where event_type = 'click' and query_id is not null
    ),
    impressions as (
        select visitor_id, query_id, product_id, min(r.occurred_at_us) as seen_at_us
        from {rows} as r
        semi join clicks using (visitor_id, query_id, product_id)
        where event_type = 'impression'
        group by visitor_id, query_id, product_id
    )
select
    import_id,
    line,
    struct_pack(clicked_at_us := occurred_at_us, seen_at_us := seen_at_us) as detail
from clicks
join impressions using (visitor_id, query_id, product_id)
anti join unplaced using (import_id, line)
anti join
    (select * from unplaced_pairs where event_type = 'impression') using (
        visitor_id, query_id, product_id
    )
where seen_at_us > occurred_at_us + {tolerance_us}
