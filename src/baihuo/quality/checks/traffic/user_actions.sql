-- TODO: what its rows are
with
    single as (
        select who, event_type as kind, at_us, product_id, query_id, step_us
        from busy
        where
            event_type in ('click', 'ad_click', 'review')
            or (event_type = 'search' and query_id is null)
    ),
    pages as (
        select
            who,
            'page' as kind,
            min(at_us) as at_us,
            cast(null as varchar) as product_id,
            any_value(query_id) as query_id,
            max(step_us) as step_us
        from busy
        where
            event_type = 'impression'
            or (event_type = 'search' and query_id is not null)
        group by who, coalesce(query_id, 'at ' || (divide(at_us, 10000000)))
    ),
    carts as (
        select
            who,
            event_type as kind,
            min(at_us) as at_us,
            min(product_id) as product_id,
            min(query_id) as query_id,
            max(step_us) as step_us
        from
            (
                select
                    *,
                    row_number() over (
                        partition by who, event_type, divide(at_us, 1000000), product_id
                        order by at_us, import_id, line
                    ) as again
                from busy
                where event_type in ('add_to_cart', 'remove_from_cart')
            )
        group by who, event_type, divide(at_us, 1000000), again
    ),
    orders as (
        select
            who,
            'order' as kind,
            min(at_us) as at_us,
            cast(null as varchar) as product_id,
            cast(null as varchar) as query_id,
            max(step_us) as step_us
        from busy
        where event_type = 'purchase'
        group by who, coalesce(order_id, 'at ' || (divide(at_us, 1000000)))
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
