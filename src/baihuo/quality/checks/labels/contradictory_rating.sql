-- Findings: ratings that a later rating of the same purchase contradicts. Where
-- the last ratings have the same moment and contradict each other, all of them go
-- to quarantine.
--
-- {rating_gap} stars between two ratings that contradict each other
-- {review_us} between reviews of one purchase without an order id, at most, µs
with
    reviews as (
        select import_id, line, visitor_id, product_id, order_id, occurred_at_us, rating
        from purchases_and_reviews
        where event_type = 'review' and rating is not null and product_id is not null
    ),
    dated as (
        select
            *,
            max(occurred_at_us) over (
                partition by visitor_id, product_id, order_id
            ) as last_us
        from reviews
    ),
    last_reviews as (
        select
            visitor_id,
            product_id,
            order_id,
            min(rating) as min_rating,
            max(rating) as max_rating,
            any_value(last_us) as last_us,
            min(struct_pack(import_id := import_id, line := line)) as kept
        from dated
        where occurred_at_us = last_us
        group by visitor_id, product_id, order_id
    ),
    compared as (
        select
            e.import_id,
            e.line,
            e.rating,
            l.min_rating,
            l.max_rating,
            l.kept,
            e.occurred_at_us = e.last_us as is_last,
            l.max_rating - l.min_rating >= {rating_gap} as is_contradictory,
            e.order_id is not null
            or e.last_us - e.occurred_at_us <= {review_us} as is_same_purchase
        from dated as e
        join
            last_reviews as l
            on e.visitor_id = l.visitor_id
            and e.product_id = l.product_id
            and e.order_id is not distinct from l.order_id
    )
select
    import_id,
    line,
    'contradictory_rating' as rule,
    case when is_last then 'quarantine' else 'merge' end as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        case
            when is_last
            then
                to_json(
                    struct_pack(
                        rating := rating, lowest := min_rating, highest := max_rating
                    )
                )
            else
                to_json(
                    struct_pack(
                        kept := kept.import_id || ':' || kept.line,
                        rating := rating,
                        later := max_rating
                    )
                )
        end as varchar
    ) as detail
from compared
where
    (is_last and is_contradictory)
    or (
        not is_last
        and not is_contradictory
        and is_same_purchase
        and abs(rating - max_rating) >= {rating_gap}
    )
