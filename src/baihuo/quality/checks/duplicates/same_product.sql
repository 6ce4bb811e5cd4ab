-- Rows of a product other than its newest: import_id, line, product_id, kept, is_other
-- (of the same import with another brand: one id was given to two products).
-- {rows} the products left: product_id, brand, updated_at_us
select
    import_id,
    line,
    product_id,
    newest.import_id || ':' || newest.line as kept,
    coalesce(
        newest.import_id = import_id and newest.brand <> own.brand, false
    ) as is_other
from
    (
        select
            *,
            struct_pack(
                import_id := import_id,
                line := line,
                brand := nullif(lower(trim(brand)), '')
            ) as own,
            first_value(own) over versions as newest
        from {rows}
        window
            versions as (
                partition by product_id
                order by updated_at_us desc nulls last, import_id desc, line desc
            )
    )
where (import_id, line) <> (newest.import_id, newest.line)
