-- Findings: clicks on two products at one position of a page, where no impression
-- shows the product.
with
    clicks as (
        select import_id, line, query_id, position, product_id
        from page_outcomes
        where event_type = 'click' and position is not null and product_id is not null
    ),
    contradictions as (
        select
            query_id,
            position,
            min(product_id) as first_product,
            max(product_id) as last_product
        from clicks
        group by query_id, position
        having min(product_id) <> max(product_id)
    )
select
    import_id,
    line,
    'contradictory_click' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                query_id := query_id,
                position := position,
                other := case
                    when first_product = product_id then last_product else first_product
                end
            )
        ) as varchar
    ) as detail
from clicks
join contradictions using (query_id, position)
anti join outcome_impressions using (query_id, product_id)
