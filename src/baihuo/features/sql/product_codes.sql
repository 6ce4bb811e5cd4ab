-- Products with codes of product, brand and category, from 1. A product only in the
-- events has no brand and category, and is not in the catalogue.
-- Tables: products; named (the visitors, products and queries that the events or
-- examples name).
with
    one as (
        select product_id, min(brand) as brand, min(category) as category
        from products
        group by product_id
    ),
    brands as (
        select brand, row_number() over (order by brand) as code
        from (select distinct brand from one where brand <> '') as d
    ),
    categories as (
        select category, row_number() over (order by category) as code
        from (select distinct category from one where category <> '') as d
    ),
    ids as (
        select product_id
        from one
        union
        select product_id
        from named
        where product_id is not null
    )
select
    ids.product_id,
    row_number() over (order by ids.product_id) as product,
    brands.code as brand,
    categories.code as category,
    one.brand as brand_name,
    one.category as category_name,
    one.product_id is not null as in_catalogue
from ids
left join one on ids.product_id = one.product_id
left join brands on one.brand = brands.brand
left join categories on one.category = categories.category
order by product
