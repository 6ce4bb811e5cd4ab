-- Findings: what was taken out of a cart that this visitor had never put into one, in a
-- log with many more carts than that.
--
-- {rows} events: event_type, visitor_id, product_id, occurred_at_us
-- {begins_us} a cart may have been filled before the log begins, µs
with
    removed as (
        select import_id, line, visitor_id, product_id, occurred_at_us
        from {rows}
        where event_type = 'remove_from_cart' and product_id is not null
    ),
    strange as (
        select *
        from removed as r
        where
            not exists (
                select 1
                from {rows} as a
                where
                    a.event_type = 'add_to_cart'
                    and a.visitor_id = r.visitor_id
                    and a.product_id = r.product_id
            )
    )
select
    import_id,
    line,
    'row_against_order' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(product_id := product_id, put_into_the_cart := 0)
        ) as varchar
    ) as detail
from strange
where
    occurred_at_us >= {begins_us}
    and 10 * (select count(*) from strange)
    <= (select count(*) from {rows} where event_type = 'add_to_cart')
