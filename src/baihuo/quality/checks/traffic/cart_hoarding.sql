-- Findings: what a visitor put into a cart on a day of very many products, of each all
-- of its stock or many times the usual pieces, and ordered none of.
--
-- {usual}        SELECT quantity of all that was put into carts
-- {min_products} different ones on the day
-- {min_share}    of what was put into the cart is so much
-- {times_usual}  pieces, as a multiple of the usual
-- {min_pieces}   fewer are a shopper's, whatever the stock
with
    carts as (
        select
            r.*,
            coalesce(quantity >= p.stock_units, false)
            or quantity
            >= {times_usual} * (select median(quantity) from ({usual})) as is_large
        from hoarding_rows as r
        left join products as p using (product_id)
        where
            r.event_type = 'add_to_cart'
            and r.n_carts >= {min_products}
            and not exists (
                select 1
                from hoarding_rows as o
                where
                    o.event_type = 'purchase'
                    and o.visitor_id = r.visitor_id
                    and o.product_id = r.product_id
                    and o.day = r.day
            )
    ),
    judged as (
        select
            *,
            is_large and quantity >= {min_pieces} as is_hoarded,
            count(
                distinct case
                    when is_large and quantity >= {min_pieces} then product_id
                end
            ) over visitor as n_products,
            count(*) filter (is_large and quantity >= {min_pieces}) over visitor
            as n_hoarded
        from carts
        window visitor as (partition by visitor_id, day)
    )
select
    import_id,
    line,
    'cart_hoarding' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                visitor_id := visitor_id, products := n_products, quantity := quantity
            )
        ) as varchar
    ) as detail
from judged
where is_hoarded and n_products >= {min_products} and n_hoarded >= {min_share} * n_carts
