-- TODO: what its rows are
-- {at}
-- {rows}
-- {views}
with
    views as (
        select visitor_id, product_id, min(r. {at}) as first_view_us
        from
            (
                select visitor_id, product_id, {at}
                from {rows}
                where event_type in {views}
            ) as r
        semi join purchases using (visitor_id, product_id)
        group by visitor_id, product_id
    )
select import_id, line, visitor_id, product_id, {at}, first_view_us
from purchases
left join views using (visitor_id, product_id)
