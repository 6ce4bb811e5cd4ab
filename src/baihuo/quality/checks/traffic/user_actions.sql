-- One row a user action: actor, action, at_us, product_id, query_id, step_us. A page
-- of impressions is one action, an order is one, and so is everything put into the
-- cart at once.
with
    single as (
        select actor, event_type as action, at_us, product_id, query_id, step_us
        from busy_rows
        where
            event_type in ('click', 'ad_click', 'review')
            or (event_type = 'search' and query_id is null)
    ),
    pages as (
        select
            actor,
            'page' as action,
            min(at_us) as at_us,
            cast(null as varchar) as product_id,
            any_value(query_id) as query_id,
            max(step_us) as step_us
        from busy_rows
        where
            event_type = 'impression'
            or (event_type = 'search' and query_id is not null)
        group by actor, coalesce(query_id, 'at ' || (divide(at_us, 10000000)))
    ),
    carts as (
        select
            actor,
            event_type as action,
            min(at_us) as at_us,
            min(product_id) as product_id,
            min(query_id) as query_id,
            max(step_us) as step_us
        from
            (
                select
                    *,
                    row_number() over (
                        partition by
                            actor, event_type, divide(at_us, 1000000), product_id
                        order by at_us, import_id, line
                    ) as nth
                from busy_rows
                where event_type in ('add_to_cart', 'remove_from_cart')
            )
        group by actor, event_type, divide(at_us, 1000000), nth
    ),
    orders as (
        select
            actor,
            'order' as action,
            min(at_us) as at_us,
            cast(null as varchar) as product_id,
            cast(null as varchar) as query_id,
            max(step_us) as step_us
        from busy_rows
        where event_type = 'purchase'
        group by actor, coalesce(order_id, 'at ' || (divide(at_us, 1000000)))
    )
select *
from single
union all
select *
from pages
union all
select *
from carts
union all
select *
from orders
