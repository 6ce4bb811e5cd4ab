-- Findings: products equal to another product id in everything that a shopper
-- sees. The lowest id has no finding.
--
-- {rows} the products left, with product_id and the content
-- {content} columns that are equal
select
    import_id,
    line,
    'same_listing' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(struct_pack(product_id := product_id, same_as := same_as)) as varchar
    ) as detail
from
    (
        select
            import_id,
            line,
            product_id,
            row_number() over same_content as row_no,
            first_value(product_id) over same_content as same_as
        from {rows}
        window
            same_content as (
                partition by {content} order by product_id, import_id, line
            )
    )
where row_no > 1 and same_as <> product_id
