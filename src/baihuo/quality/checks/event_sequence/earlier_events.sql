-- Events of earlier ranges of days by the visitors, of the products, that are in
-- doubt: import_id, line, visitor_id, product_id, order_id, event_type, occurred_at_us,
-- quantity (units).
select *
from
    (
        select
            import_id,
            line,
            visitor_id,
            product_id,
            order_id,
            event_type,
            occurred_at_us,
            coalesce(quantity, 1) as quantity
        from history
        semi join (select distinct visitor_id from doubtful) using (visitor_id)
    )
semi join doubtful using (visitor_id, product_id)
