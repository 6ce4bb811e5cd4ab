-- Findings: reviews and cancels of a product that the order which they name does not
-- hold, or holds for another visitor, in a log where nearly all name their own. A
-- purchase that was quarantined was still made, so the rows as they came speak, too.
--
-- {max_share} of those whose order is known: more, and an order's lines are not all
-- here
with
    bought as (
        select order_id, visitor_id, product_id
        from purchases_and_reviews
        where event_type = 'purchase' and order_id is not null
        union
        select order_id, visitor_id, product_id
        from raw
        where event_type = 'purchase' and order_id is not null
    ),
    named as (
        select *
        from purchases_and_reviews
        where
            event_type in ('review', 'cancel')
            and order_id in (select order_id from bought)
            and visitor_id is not null
            and product_id is not null
    ),
    strange as (
        select * from named anti join bought using (order_id, visitor_id, product_id)
    )
select
    import_id,
    line,
    'row_against_order' as rule,
    'note' as action,
    'order_id' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'order_id',
                old := order_id,
                holds := (
                    select min(b.product_id)
                    from bought as b
                    where b.order_id = strange.order_id
                )
            )
        ) as varchar
    ) as detail
from strange
where
    (select count(*) from strange)
    <= greatest(1, {max_share} * (select count(*) from named))
