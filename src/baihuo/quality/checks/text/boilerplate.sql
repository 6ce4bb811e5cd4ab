-- TODO: what its rows are
-- {field}
select
    import_id,
    line,
    'boilerplate' as rule,
    'repair' as action,
    '{field}' as field,
    new,
    cast(
        to_json(
            struct_pack(
                field := '{field}',
                old := text,
                new := new,
                sentences := sentences,
                shared_by := n
            )
        ) as varchar
    ) as detail
from cut_{field}
where new is distinct from text
