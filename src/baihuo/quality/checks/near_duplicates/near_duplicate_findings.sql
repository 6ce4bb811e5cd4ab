-- Findings: listings that are merged into another (near_duplicate), and those that
-- may be the same product (likely_duplicate).
select
    import_id,
    line,
    rule,
    action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        case
            when rule = 'near_duplicate'
            then
                to_json(
                    struct_pack(
                        product_id := product_id,
                        canonical_id := canonical_id,
                        kept := kept,
                        similarity := similarity,
                        evidence := evidence
                    )
                )
            else
                to_json(
                    struct_pack(
                        product_id := product_id,
                        perhaps := canonical_id,
                        row := kept,
                        similarity := similarity,
                        evidence := evidence
                    )
                )
        end as varchar
    ) as detail
from near_duplicates
