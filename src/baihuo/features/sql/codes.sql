-- TODO: what its rows are
-- {groups}
with
    one as (
        select product_id, min(brand) as brand, min(category) as category
        from p
        group by product_id
    ),
    {groups},
    ids as (
        select product_id
        from one
        union
        select product_id
        from n
        where product_id is not null
    )
select
    ids.product_id,
    row_number() over (order by ids.product_id) as product,
    brands.code as brand,
    categorys.code as category,
    one.brand as brand_name,
    one.category as category_name,
    one.product_id is not null as in_catalogue
from ids
left join one on ids.product_id = one.product_id
left join brands on one.brand = brands.brand
left join categorys on one.category = categorys.category
order by product
