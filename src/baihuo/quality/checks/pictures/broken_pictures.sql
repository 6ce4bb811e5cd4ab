-- Products with pictures that cannot be shown, one row a product.
select
    import_id,
    line,
    struct_pack(
        field := 'images',
        broken := list(
            distinct struct_pack(picture := left(image, 200), problem := problem)
            order by struct_pack(picture := left(image, 200), problem := problem)
        )
    ) as detail
from product_images
join inspected using (image)
where problem is not null
group by import_id, line
