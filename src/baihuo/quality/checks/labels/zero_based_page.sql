-- Findings: repairs of the positions of pages that count from 0.
select
    import_id,
    line,
    'zero_based_page' as rule,
    'repair' as action,
    'position' as field,
    cast(position + 1 as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'position',
                old := position,
                new := position + 1,
                "by" := case when is_zero_based then 'page' else 'client' end
            )
        ) as varchar
    ) as detail
from zero_based_impressions
