-- Pictures (one address, or files of equal bytes) that several products show, of other
-- categories and of other brands: placeholders and logos. Where most of its
-- products are of one category it is theirs, and only those that borrow it are noted.
-- {min_products}   products that show one picture …
-- {min_categories} … of so many categories …
-- {min_brands}     … and so many brands
with
    pictures as (
        select distinct picture, import_id, line, product_id, category, brand, image
        from product_images
        join inspected using (image)
        where picture is not null
    ),
    owners as (
        select picture, category
        from pictures
        group by picture, category
        qualify count(*) >= 0.5 * sum(count(*)) over (partition by picture)
    ),
    borrowed as (
        select
            *,
            count(distinct product_id) over same as n_products,
            count(distinct category) over same as n_categories,
            count(distinct lower(trim(brand))) over same as n_brands
        from pictures
        anti join owners using (picture, category)
        window same as (partition by picture)
    )
select
    import_id,
    line,
    struct_pack(
        field := 'images',
        picture := left(min(image), 200),
        n_products := max(n_products),
        n_categories := max(n_categories),
        n_brands := max(n_brands)
    ) as detail
from borrowed
where
    n_products >= {min_products}
    and n_categories >= {min_categories}
    and n_brands >= {min_brands}
group by import_id, line
