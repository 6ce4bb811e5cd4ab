-- Events with what is listed of their products.
--
-- {rows}   events
-- {drawn}  WHERE of a sample, or nothing
-- {listed} columns of a listing
select rows.*, {listed}
from (select * from {rows}{drawn}) as rows
left join
    (
        select product_id, price_minor as listed_price_minor, brand, category
        from listings
    ) using (product_id)
