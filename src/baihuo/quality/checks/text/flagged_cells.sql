-- Cells that the pattern of their kind flags: import_id, line, field, kind, text.
-- {flags}    columns is_FIELD of all fields, as SQL
-- {rows}     products: all fields with text
-- {any_flag} whether any field is flagged, as SQL
-- {cells}    a UNION ALL of a SELECT of cells for each field
with
    flagged as materialized(
        select * from (select *, {flags} from {rows}) where {any_flag}
    )
select *
from ({cells})
