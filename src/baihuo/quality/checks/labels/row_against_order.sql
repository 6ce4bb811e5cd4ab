-- Reviews and cancels of an order that does not exist, that was placed later, or that
-- does not hold the product (for this visitor), where nearly all name their own.
-- Purchases that an earlier step took out or changed were made, too. In a log's first
-- days many orders are from before it, so these are compared with each other.
-- {max_share} of the rows of a type: more for one reason, and lines are missing
-- {slack_us}  that events of one client may arrive out of order, µs
with
    bought as materialized(
        select order_id, visitor_id, product_id, occurred_at_us as bought_us
        from purchases_and_reviews
        where event_type = 'purchase' and order_id is not null
        union
        select order_id, visitor_id, product_id, null
        from raw
        where event_type = 'purchase' and order_id is not null
    ),
    orders as (
        select order_id, min(bought_us) as first_us, min(product_id) as holds
        from bought
        group by order_id
    ),
    named as (
        select r.*, first_us, holds, occurred_at_us - first_us as after_us
        from purchases_and_reviews as r
        left join orders using (order_id)
        where
            event_type in ('review', 'cancel')
            and r.order_id is not null
            and visitor_id is not null
            and product_id is not null
    ),
    judged as (
        select
            *,
            case
                when holds is null
                then 'no such order'
                when is_own is null
                then 'not in the order'
                when after_us < - {slack_us}
                then 'before the order'
            end as reason,
            occurred_at_us
            < (select min(occurred_at_us) from purchases_and_reviews)
            + (select quantile_cont(after_us, 0.95) from named) as is_early
        from named as n
        left join
            (
                select distinct order_id, visitor_id, product_id, true as is_own
                from bought
            ) as own using (order_id, visitor_id, product_id)
    ),
    counted as (
        select
            *,
            count(*) over (partition by event_type, is_early) as n_of_age,
            count(*) over (partition by event_type, is_early, reason) as n_of_age_so,
            count(*) over (partition by event_type) as n,
            count(*) over (partition by event_type, reason) as n_so
        from judged
    )
select
    import_id,
    line,
    struct_pack(
        field := 'order_id', old := order_id, reason := reason, holds := holds
    ) as detail
from counted
where
    reason is not null
    and n_so <= greatest(1, {max_share} * n)
    and (reason <> 'no such order' or n_of_age_so <= {max_share} * n_of_age)
