-- TODO: what its rows are
-- {at}
select *
from
    (
        select
            import_id,
            line,
            visitor_id,
            product_id,
            event_type,
            {at},
            coalesce(quantity, 1) as quantity
        from history
        semi join (select distinct visitor_id from doubtful) using (visitor_id)
    )
semi join doubtful using (visitor_id, product_id)
