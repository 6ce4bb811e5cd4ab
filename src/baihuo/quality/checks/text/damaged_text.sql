-- TODO: what its rows are
select
    import_id,
    line,
    rule,
    case rule when 'unreadable_characters' then 'note' else 'repair' end as action,
    case rule when 'unreadable_characters' then null else field end as field,
    new,
    cast(
        case
            rule
            when 'unreadable_characters'
            then to_json(struct_pack(field := field, text := left(old, 500)))
            else to_json(struct_pack(field := field, old := old, new := stage))
        end as varchar
    ) as detail
from cells
join mended using (text, kind)
