-- Products with the fixes of their values: import_id, line, attributes, fixes.
--
-- {rows} the products left, with attributes (JSON)
select
    p.import_id,
    p.line,
    any_value(attributes) as attributes,
    list(
        struct_pack(key := p.key, text := p.text, rule := rule, new := new, why := why)
        order by p.key, rule, new
    ) as fixes
from numeric_attributes as p
join
    value_fixes as f
    on f.category = p.category
    and f.key = p.key
    and f.text = p.text
    and f.is_text = p.is_text
    and (f.line is null or (f.line = p.line and f.import_id = p.import_id))
join {rows} as r on r.import_id = p.import_id and r.line = p.line
group by p.import_id, p.line
