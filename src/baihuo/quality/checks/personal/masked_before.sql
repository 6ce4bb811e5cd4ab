-- Cells that the import masked, which no other step reads as text.
-- {rows}    events: all columns that an import masks
-- {cells}   structs of field and value, one for each of these columns, with commas
-- {is_any}  whether any of them holds a pseudonym
select
    import_id,
    line,
    cell.field as field,
    cell.value as new,
    struct_pack(
        field := cell.field,
        kinds
        := list_sort(list_distinct(regexp_extract_all(cell.value, '⟨([a-z_]+)', 1))),
        new := left(cell.value, 200),
        masked := 'by the import'
    ) as detail
from (select import_id, line, unnest([{cells}]) as cell from {rows} where {is_any})
where contains(cell.value, '⟨')
