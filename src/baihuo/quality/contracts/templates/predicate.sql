-- Rows for which a condition is true.
-- {rows}        the table
-- {where}       the condition
-- {field}       the column it is about
-- {replacement} what is put into its place
-- {cell} the cell, or null
select
    import_id,
    line,
    {replacement} as new,
    struct_pack(field := '{field}', old := left(cast({cell} as varchar), 200)) as detail
from {rows}
where {where}
