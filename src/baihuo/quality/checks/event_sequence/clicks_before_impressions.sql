-- Findings: clicks on a product that the same page showed only later.
-- {rows} events: visitor, page (query_id, session_id), product, type, time
-- {tolerance_us}       out of order by no more than this is in order, µs
-- {repaired_within_us} the same after a clock was repaired: they drift, µs
with
    clicks as (
        select
            import_id,
            line,
            visitor_id,
            coalesce(query_id, session_id) as page,
            product_id,
            occurred_at_us
        from {rows}
        where event_type = 'click' and coalesce(query_id, session_id) is not null
    ),
    impressions as (
        select visitor_id, page, product_id, min(r.occurred_at_us) as seen_at_us
        from
            (
                select
                    visitor_id,
                    coalesce(query_id, session_id) as page,
                    product_id,
                    occurred_at_us
                from {rows}
                where event_type = 'impression'
            ) as r
        semi join clicks using (visitor_id, page, product_id)
        group by visitor_id, page, product_id
    ),
    timed as (
        select
            clicks.*,
            seen_at_us,
            case
                when repaired.line is null
                then {tolerance_us}
                else greatest({tolerance_us}, {repaired_within_us})
            end as allowed_us
        from clicks
        join impressions using (visitor_id, page, product_id)
        left join
            repaired_clocks as repaired
            on repaired.import_id = clicks.import_id
            and repaired.line = clicks.line
    )
select
    import_id,
    line,
    'click_before_impression' as rule,
    'quarantine' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(clicked_at_us := occurred_at_us, seen_at_us := seen_at_us)
        ) as varchar
    ) as detail
from (select * from timed where seen_at_us > occurred_at_us + allowed_us)
anti join
    (select * from unplaced_events where event_type = 'impression') using (
        visitor_id, page, product_id
    )
