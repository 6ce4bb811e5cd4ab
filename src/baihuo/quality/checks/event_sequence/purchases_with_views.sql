-- Purchases, each with the first view of its product by its visitor: import_id, line,
-- visitor_id, product_id, platform, occurred_at_us, first_view_us (null: no view).
-- {rows}       events: visitor_id, product_id, event_type, occurred_at_us
-- {view_types} event types that prove a view, as an SQL list
with
    views as (
        select visitor_id, product_id, min(r.occurred_at_us) as first_view_us
        from
            (
                select visitor_id, product_id, occurred_at_us
                from {rows}
                where event_type in {view_types}
            ) as r
        semi join purchases using (visitor_id, product_id)
        group by visitor_id, product_id
    )
select import_id, line, visitor_id, product_id, platform, occurred_at_us, first_view_us
from purchases
left join views using (visitor_id, product_id)
