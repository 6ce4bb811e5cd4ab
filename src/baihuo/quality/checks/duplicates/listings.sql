-- TODO: what its rows are
-- {rows}
-- {same}
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
            row_number() over alike as nth,
            first_value(product_id) over alike as same_as
        from {rows}
        window alike as (partition by {same} order by product_id, import_id, line)
    )
where nth > 1 and same_as <> product_id
