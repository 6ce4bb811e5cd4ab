-- Products with the fixes of their values: import_id, line, attributes, fixes.
--
-- {rows} the products left, with attributes (JSON)
select
    p.import_id,
    p.line,
    any_value(attributes) as attributes,
    list(
        struct_pack(key := key, text := text, rule := rule, new := new, why := why)
        order by key, rule, new
    ) as fixes
from numeric_attributes as p
join value_fixes as f using (category, key, text, is_text)
join {rows} as r on r.import_id = p.import_id and r.line = p.line
where f.line is null or (f.line = p.line and f.import_id = p.import_id)
group by p.import_id, p.line
