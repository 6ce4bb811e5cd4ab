-- Impressions whose attribution window has closed, with the bundle that served their
-- page: the live bundle since its release, and all before it.
-- Tables: examples (of train.impressions), pages (query_id, bundle_id), products
-- (clean).
-- {bundle_id} the live bundle, quoted
-- {since_us} its release
-- {from_us} where the reference starts
-- {separator} between the levels of a category, quoted
with
    kinds as (
        select
            product_id,
            coalesce(split_part(category, {separator}, 1), product_id) as category
        from products
    )
select
    examples.query_id,
    examples.visitor_id,
    examples.product_id,
    examples.surface,
    examples.position,
    examples.device,
    examples.is_clicked,
    coalesce(kinds.category, examples.product_id) as category,
    coalesce(
        pages.bundle_id = {bundle_id} and examples.at_us >= {since_us}, false
    ) as is_live
from examples
left join pages on examples.query_id = pages.query_id
left join kinds on examples.product_id = kinds.product_id
where
    (pages.bundle_id = {bundle_id} and examples.at_us >= {since_us})
    or (
        examples.at_us >= {from_us}
        and examples.at_us < {since_us}
        and pages.bundle_id is distinct from {bundle_id}
    )
order by examples.example_id
