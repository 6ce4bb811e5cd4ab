-- Findings: paths that can be no picture of the shop: on somebody's disk, in an
-- editor's memory, of a machine that nobody else reaches, or no path at all. Where many
-- listings have such paths, the shop keeps its pictures there.
--
-- {pattern}   RE2 of such a path
-- {max_share} of the listings with pictures, and at least three
with
    found as (
        select import_id, line, min(image) as image
        from product_images
        where regexp_matches(image, '{pattern}')
        group by import_id, line
    )
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
                image := left(image, 200), problem := 'no path of a shop''s picture'
            )
        ) as varchar
    ) as detail
from found
where
    (select count(*) from found) <= greatest(
        3, {max_share} * (select count(distinct(import_id, line)) from product_images)
    )
