-- Reviews and cancels of a product that the order which they name does not hold, or
-- holds for another visitor, where nearly all name their own. Purchases that an earlier
-- step took out or changed were made, too.
-- {max_share} of those whose order is known: more, and lines are missing
with
    bought as (
        select order_id, visitor_id, product_id
        from purchases_and_reviews
        where event_type = 'purchase'
        union
        select order_id, visitor_id, product_id
        from raw
        where event_type = 'purchase'
    ),
    named as (
        select *
        from purchases_and_reviews
        where
            event_type in ('review', 'cancel')
            and order_id in (select order_id from bought where order_id is not null)
            and visitor_id is not null
            and product_id is not null
    ),
    odd as (
        select * from named anti join bought using (order_id, visitor_id, product_id)
    )
select
    import_id,
    line,
    struct_pack(
        field := 'order_id',
        old := order_id,
        holds
        := (select min(b.product_id) from bought as b where b.order_id = odd.order_id)
    ) as detail
from odd
where
    (select count(*) from odd)
    <= greatest(1, {max_share} * (select count(*) from named))
