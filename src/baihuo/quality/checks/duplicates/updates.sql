-- TODO: what its rows are
-- {content}
-- {rows}
-- {rows_2}
with
    twice as (select product_id from {rows} group by product_id having count(*) > 1),
    told as (
        select
            import_id,
            line,
            product_id,
            updated_at_us,
            to_json(struct_pack({content})) as content
        from {rows_2}
        where product_id in (select product_id from twice)
    ),
    compared as (
        select
            *,
            content = first_value(content) over (
                partition by product_id
                order by updated_at_us desc nulls last, import_id desc, line desc
            ) as is_newest
        from told
    )
select
    import_id,
    line,
    'same_product' as rule,
    'merge' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(struct_pack(product_id := product_id, kept := kept)) as varchar
    ) as detail
from
    (
        select
            *,
            row_number() over kept as nth,
            first_value(import_id || ':' || line) over kept as kept
        from compared
        window
            kept as (partition by product_id order by is_newest desc, import_id, line)
    )
where nth > 1
