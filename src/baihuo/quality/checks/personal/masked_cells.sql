-- Cells with personal data, replaced by the masked text.
-- {rows}  the table: all columns that are masked
-- {field} the column that is masked
select
    import_id,
    line,
    new,
    struct_pack(
        field := '{field}',
        kinds := kinds,
        new := left(new, 200),
        masked := case when new = old then 'by the import' else 'by the check' end
    ) as detail
from {rows} as r
join masked as m on m.field = '{field}' and m.old = {field}
