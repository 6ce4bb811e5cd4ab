-- Findings: carts of exactly the listing's stock, of which the visitor ordered a few on
-- the same day, in a log where carts are of a few: the stock stands in the pieces.
--
-- {rows}       events: event_type, visitor_id, product_id, quantity, occurred_at_us
-- {min_pieces} fewer may be wanted
-- {max_share}  of carts
-- {times}      so many as were ordered
with
    carts as materialized(
        select * from {rows} where event_type = 'add_to_cart' and quantity is not null
    ),
    whole as (
        select c.*
        from carts as c
        join products as p using (product_id)
        where c.quantity >= {min_pieces} and c.quantity = p.stock_units
    ),
    ordered as (
        select w.import_id, w.line, max(coalesce(r.quantity, 1)) as pieces
        from whole as w
        join {rows} as r using (visitor_id, product_id)
        where
            r.event_type = 'purchase'
            and r.occurred_at_us
            between w.occurred_at_us and w.occurred_at_us + 86400000000
        group by all
    ),
    found as (
        select *
        from whole
        join ordered using (import_id, line)
        where quantity >= {times} * pieces
    )
select
    import_id,
    line,
    'row_against_order' as rule,
    'note' as action,
    'quantity' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'quantity',
                old := cast(quantity as varchar),
                in_stock := quantity,
                ordered := pieces
            )
        ) as varchar
    ) as detail
from found
where
    (select count(*) from found)
    <= greatest(1, {max_share} * (select count(*) from carts))
