-- Products equal to another product id in everything that a shopper sees: import_id,
-- line, product_id, same_as (the lowest id, which has no finding).
-- {rows}    the products left, with product_id and the content
-- {content} columns that are equal
select import_id, line, product_id, same_as
from
    (
        select
            import_id,
            line,
            product_id,
            first_value(product_id) over (
                partition by {content} order by product_id, import_id, line
            ) as same_as
        from {rows}
    )
where same_as <> product_id
