-- Findings: cells whose text was repaired, one row a stage that changed it, and cells
-- that cannot be repaired with certainty.
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
            then to_json(struct_pack(field := field, text := left(before, 500)))
            else to_json(struct_pack(field := field, old := before, new := after))
        end as varchar
    ) as detail
from cells
join repaired using (text, kind)
