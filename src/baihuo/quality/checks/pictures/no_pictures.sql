-- Findings: paths that can be no picture of the shop: on somebody's disk, in an
-- editor's
-- memory, of a machine that nobody else reaches, or no path at all.
--
-- {pattern} RE2 of such a path
select
    import_id,
    line,
    'broken_picture' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                image := left(min(image), 200),
                problem := 'no path of a shop''s picture'
            )
        ) as varchar
    ) as detail
from product_images
where regexp_matches(image, '{pattern}')
group by import_id, line
