-- TODO: what its rows are
select
    import_id,
    line,
    'zero_based_page' as rule,
    'repair' as action,
    'position' as field,
    cast(told + 1 as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'position',
                old := told,
                new := told + 1,
                "by" := case when is_whole then 'page' else 'client' end
            )
        ) as varchar
    ) as detail
from counted
