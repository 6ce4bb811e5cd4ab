-- Cells that the pattern of their kind flags: import_id, line, field, kind, text.
-- {cells}        structs of field, kind and text, one for each field with text
-- {rows}         products: all fields with text
-- {max_chars}    a longer text is not looked at
-- {json}         the kind of a cell of JSON
-- {json_pattern} RE2 of damage in JSON, as an SQL string
-- {text_pattern} RE2 of damage in any other text, likewise
select *
from (select import_id, line, unnest([{cells}], recursive := true) from {rows})
where
    length(text) <= {max_chars}
    and case
        kind
        when '{json}'
        then regexp_matches(text, {json_pattern})
        else regexp_matches(text, {text_pattern})
    end
