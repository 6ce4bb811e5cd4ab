-- Everything that events may call a product: product_id, way (id, code, title,
-- variant), name. Names come from the clean catalogue, from titles as they were
-- imported (events were sent with those), and from merged listings, under the id of
-- the one they were merged into.
-- {min_chars} a shorter title fits by chance
with
    listings as (
        select product_id, codes, title_en, title_zh, variants
        from products
        union all
        select product_id, null, title_en, title_zh, null
        from raw_products
        where product_id in (select product_id from products)
        union all
        select canonical_id, codes, title_en, title_zh, variants
        from raw_products
        join merged using (product_id)
        where canonical_id in (select product_id from products)
    ),
    variants as (
        select product_id, unnest(json_extract(variants, '$[*]')) as variant
        from listings
        where length(variants) > 2
    ),
    names as (
        select product_id, 'id' as way, product_id as name
        from listings
        union all
        select product_id, 'code', unnest(codes)
        from listings
        union all
        select product_id, 'title', title_en
        from listings
        where length(title_en) >= {min_chars}
        union all
        select product_id, 'title', title_zh
        from listings
        where length(title_zh) >= {min_chars}
        union all
        select product_id, 'variant', json_extract_string(variant, '$.variant_id')
        from variants
        union all
        select
            product_id,
            'code',
            unnest(cast(json_extract_string(variant, '$.codes[*]') as varchar[]))
        from variants
    )
select distinct *
from names
where name is not null
