-- Findings: descriptions that are one text twice, said once; words broken at the ends
-- of lines, joined where other descriptions have all of them whole, else noted.
--
-- {texts} import_id, line, field, text, and rule, new (null: noted) and why
select
    import_id,
    line,
    rule,
    case when new is null then 'note' else 'repair' end as action,
    case when new is null then null else field end as field,
    new,
    cast(
        case
            when new is null
            then
                to_json(
                    struct_pack(field := field, text := left(text, 500), why := why)
                )
            else
                to_json(
                    struct_pack(
                        field := field,
                        old := left(text, 500),
                        new := left(new, 500),
                        why := why
                    )
                )
        end as varchar
    ) as detail
from {texts}
where rule is not null
