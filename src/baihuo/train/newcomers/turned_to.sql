-- What each visitor turned to: visitor_id, product_id, weight (a click 1, a cart 2,
-- a purchase 5).
-- {before_us} only what was received before, microseconds UTC
select
    visitor_id,
    product_id,
    cast(
        sum(
            case event_type when 'click' then 1 when 'add_to_cart' then 2 else 5 end
        ) as double
    ) as weight
from events
where
    event_type in ('click', 'add_to_cart', 'purchase')
    and product_id is not null
    and visitor_id is not null
    and received_at_us < {before_us}
group by visitor_id, product_id
order by visitor_id, product_id
