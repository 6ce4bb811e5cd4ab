-- Findings: purchases that name no order, in a log where nearly all do.
--
-- {max_share} of purchases: more, and a part of the shop has no orders
-- {min_rows} purchases with an order, before a share counts
with
    bought as (select * from purchases_and_reviews where event_type = 'purchase'),
    usual as (select count(*) as n, count(order_id) as n_named from bought)
select
    import_id,
    line,
    'row_against_order' as rule,
    'note' as action,
    'order_id' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(field := 'order_id', purchases_with_one := n_named)
        ) as varchar
    ) as detail
from bought, usual
where order_id is null and n_named >= {min_rows} and n - n_named <= {max_share} * n
