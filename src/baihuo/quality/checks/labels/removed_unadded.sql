-- Findings: what was taken out of a cart that this visitor had never put into one, in a
-- log with many more carts than that. What was put there by a row that was quarantined
-- was still put there.
--
-- {rows} events: event_type, visitor_id, product_id, occurred_at_us
-- {begins_us} a cart may have been filled before the log begins, µs
with
    removed as (
        select import_id, line, visitor_id, product_id, occurred_at_us
        from {rows}
        where event_type = 'remove_from_cart' and product_id is not null
    ),
    added as (
        select visitor_id, product_id
        from {rows}
        where event_type = 'add_to_cart'
        union
        select visitor_id, product_id
        from raw
        where event_type = 'add_to_cart'
    ),
    strange as (select * from removed anti join added using (visitor_id, product_id))
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
