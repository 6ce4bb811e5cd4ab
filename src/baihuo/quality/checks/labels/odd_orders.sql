-- Findings: reviews and cancels of a product that the order which they name does not
-- hold, or holds for another visitor, in a log where nearly all name their own. A
-- purchase that was quarantined was still made, so the rows as they came speak, too.
--
-- Where the order's line is one that was taken out or changed, or where this visitor
-- looked at the product or put it into a cart, the order's line may be the wrong one;
-- not where the visitor bought it in another order, and this one has it for nobody.
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
    unlike as materialized(
        select * from named anti join bought using (order_id, visitor_id, product_id)
    ),
    doubtful as (
        select order_id
        from bought
        where order_id in (select order_id from unlike)
        except all
        select order_id
        from purchases_and_reviews
        where event_type = 'purchase'
    ),
    opened as (
        select visitor_id, product_id
        from raw
        where
            visitor_id in (select visitor_id from unlike)
            and event_type in ('click', 'add_to_cart', 'purchase')
    ),
    bought_elsewhere as (
        select u.import_id, u.line
        from unlike as u
        join bought as b using (visitor_id, product_id)
        anti join
            bought as own on own.order_id = u.order_id and own.product_id = u.product_id
    ),
    strange as (
        select *
        from unlike as u
        where
            order_id not in (select order_id from doubtful)
            and not (
                (visitor_id, product_id)
                in (select (visitor_id, product_id) from opened)
                and visitor_id not in (
                    select b.visitor_id from bought as b where b.order_id = u.order_id
                )
                and (import_id, line)
                not in (select (import_id, line) from bought_elsewhere)
            )
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
