-- What visitors bought, net of what they cancelled; a row for each product of an order.
-- {from_us} from when on
with
    sold as (
        select
            coalesce(order_id, event_id) as order_id,
            visitor_id,
            product_id,
            min(received_at_us) as at_us,
            sum(
                coalesce(quantity, 1)
                * case when event_type = 'purchase' then 1 else -1 end
            ) as quantity,
            max(case when event_type = 'purchase' then price_minor end) as price_minor
        from events
        where
            event_type in ('purchase', 'cancel')
            and product_id is not null
            and received_at_us >= {from_us}
        group by 1, 2, 3
    )
select
    order_id || ':' || product_id as purchase_id,
    visitor_id,
    product_id,
    at_us,
    quantity * coalesce(price_minor, 0) as value_minor
from sold
where quantity > 0
order by at_us, purchase_id
