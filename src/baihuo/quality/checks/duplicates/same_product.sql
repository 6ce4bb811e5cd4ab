-- Findings: rows of a product other than its newest. Newest is by updated_at_us,
-- then import and line; of rows equal to it the first stays. A row of the same import
-- with another brand is no older version: one id was given to two products, and the row
-- is quarantined instead of lost in the other.
--
-- {ids} the products left, with product_id
-- {rows} the products left, all columns
-- {content} fields of a struct with all columns but import and line
with
    repeated as (select product_id from {ids} group by product_id having count(*) > 1),
    versions as (
        select
            import_id,
            line,
            product_id,
            nullif(lower(trim(brand)), '') as brand,
            updated_at_us,
            to_json(struct_pack({content})) as content
        from {rows}
        where product_id in (select product_id from repeated)
    ),
    compared as (
        select
            *,
            content = first_value(content) over (
                partition by product_id
                order by updated_at_us desc nulls last, import_id desc, line desc
            ) as is_newest
        from versions
    )
select
    import_id,
    line,
    'same_product' as rule,
    case
        when kept_import = import_id and brand <> kept_brand
        then 'quarantine'
        else 'merge'
    end as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                product_id := product_id, kept := kept_import || ':' || kept_line
            )
        ) as varchar
    ) as detail
from
    (
        select
            *,
            row_number() over kept as row_no,
            first_value(import_id) over kept as kept_import,
            first_value(line) over kept as kept_line,
            first_value(brand) over kept as kept_brand
        from compared
        window
            kept as (partition by product_id order by is_newest desc, import_id, line)
    )
where row_no > 1
