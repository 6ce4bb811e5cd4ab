-- Findings: reviews and cancels of an order that nobody placed, whose id is the
-- beginning or the end of exactly one order in which this visitor bought this product.
--
-- {min_signs} of an id: a shorter one begins many
with
    bought as materialized(
        select order_id, visitor_id, product_id
        from purchases_and_reviews
        where event_type = 'purchase' and order_id is not null
        union
        select order_id, visitor_id, product_id
        from raw
        where event_type = 'purchase' and order_id is not null
    )
select
    r.import_id,
    r.line,
    'row_against_order' as rule,
    'note' as action,
    'order_id' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'order_id',
                old := any_value(r.order_id),
                cut_from := any_value(b.order_id)
            )
        ) as varchar
    ) as detail
from purchases_and_reviews as r
join bought as b using (visitor_id, product_id)
where
    r.event_type in ('review', 'cancel')
    and length(r.order_id) >= {min_signs}
    and length(b.order_id) > length(r.order_id)
    and (starts_with(b.order_id, r.order_id) or ends_with(b.order_id, r.order_id))
    and r.order_id not in (select order_id from bought)
group by r.import_id, r.line
having count(distinct b.order_id) = 1
