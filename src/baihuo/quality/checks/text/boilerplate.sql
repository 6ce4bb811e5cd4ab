-- Findings: descriptions without the sentences that unrelated products share.
-- {field} the column of the description
-- {texts} descriptions with shared sentences, and what is left of them (new)
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
from {texts}
where new is distinct from text
