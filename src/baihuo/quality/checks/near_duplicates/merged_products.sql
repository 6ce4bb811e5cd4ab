-- Merged products, from the findings of this step.
select
    detail ->> '$.product_id' as product_id,
    detail ->> '$.canonical_id' as canonical_id,
    cast(detail ->> '$.similarity' as double) as similarity,
    detail ->> '$.evidence' as evidence
from parts
where rule = 'near_duplicate' and action = 'merge'
order by product_id
