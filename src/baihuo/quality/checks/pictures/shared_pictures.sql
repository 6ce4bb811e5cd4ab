-- Findings: pictures that products of other categories show too: placeholders and
-- logos; and one picture of two products of unrelated categories or brands, unless the
-- shop shows many pictures for several departments, or for several brands.
--
-- Most products that show a picture may be the ones it was taken for, and a few others
-- borrow it: then only those others are noted. One product in a strange category is in
-- the wrong category, and borrows nothing.
-- {min_products}         products that show one picture …
-- {min_categories}       … of so many categories …
-- {min_brands}           … and so many brands
-- {min_categories_alone} so many categories are enough, whatever the brands
-- {max_pair_share}       of all pictures that are shown, those of several departments,
-- or of several brands: more, and the shop takes one picture of a set
with
    pictures as materialized(
        select distinct
            picture,
            same_bytes,
            import_id,
            line,
            product_id,
            category,
            lower(trim(brand)) as brand,
            left(image, 200) as image
        from product_images
        join inspected using (image)
        where picture is not null
    ),
    counted as (
        select picture, category, count(distinct product_id) as n
        from pictures
        group by picture, category
    ),
    owners as (
        select picture, max_by(category, (n, category)) as category
        from counted
        group by picture
        having max(n) >= 0.5 * sum(n) and count(*) > 1
    ),
    borrowed as (
        select pictures.*
        from pictures
        anti join
            owners
            on owners.picture = pictures.picture
            and owners.category = pictures.category
    ),
    placeholders as (
        select
            picture,
            count(distinct product_id) as n_products,
            count(distinct category) as n_categories,
            count(distinct brand) as n_brands
        from borrowed
        group by picture
        having
            count(distinct product_id) >= {min_products}
            and (
                count(distinct category) >= {min_categories}
                and count(distinct brand) >= {min_brands}
                or count(distinct category) >= {min_categories_alone}
            )
    ),
    by_picture as (
        select
            picture,
            count(distinct product_id) as n_products,
            count(distinct category) as n_categories,
            count(distinct brand) as n_brands,
            count(
                distinct nullif(split_part(category, ' > ', 1), '')  -- none is not another
            ) as n_departments,
            count(distinct same_bytes) = 1 as is_one_file  -- small pictures of shoes look alike
        from pictures
        group by picture
    ),
    habits as (
        select
            {max_pair_share} * count(*) as most,
            count(*) filter (n_departments > 1) as n_of_departments,
            count(*) filter (n_brands > 1) as n_of_brands
        from by_picture
    ),
    pairs as (
        select by_picture.*
        from by_picture, habits
        where
            n_products = 2
            and is_one_file
            and (
                (n_departments = 2 and n_of_departments <= most)
                or (n_brands = 2 and n_of_brands <= most)
            )
    ),
    shown as (
        select borrowed.*, n_products, n_categories, n_brands
        from borrowed
        join placeholders using (picture)
        union all
        select pictures.*, n_products, n_categories, n_brands
        from pictures
        join pairs using (picture)
    )
select
    import_id,
    line,
    'shared_picture' as rule,
    'note' as action,
    'images' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'images',
                picture := min(image),
                n_products := max(n_products),
                n_categories := max(n_categories),
                n_brands := max(n_brands)
            )
        ) as varchar
    ) as detail
from shown
group by import_id, line
