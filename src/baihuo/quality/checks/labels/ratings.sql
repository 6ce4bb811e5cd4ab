-- TODO: what its rows are
-- {none}
-- {rating_gap}
-- {review_us}
with
    reviews as (
        select import_id, line, visitor_id, product_id, order_id, occurred_at_us, rating
        from few
        where event_type = 'review' and rating is not null and product_id is not null
    ),
    ends as (
        select
            *,
            max(occurred_at_us) over (
                partition by visitor_id, product_id, order_id
            ) as last_us
        from reviews
    ),
    lasts as (
        select
            visitor_id,
            product_id,
            order_id,
            min(rating) as low,
            max(rating) as high,
            any_value(last_us) as last_us,
            min(struct_pack(import_id := import_id, line := line)) as kept
        from ends
        where occurred_at_us = last_us
        group by visitor_id, product_id, order_id
    ),
    judged as (
        select
            e.import_id,
            e.line,
            e.rating,
            l.low,
            l.high,
            l.kept,
            e.occurred_at_us = e.last_us as is_last,
            l.high - l.low >= {rating_gap} as is_unsure,
            e.order_id is not null
            or e.last_us - e.occurred_at_us <= {review_us} as is_of_one
        from ends as e
        join
            lasts as l
            on e.visitor_id = l.visitor_id
            and e.product_id = l.product_id
            and e.order_id is not distinct from l.order_id
    )
select
    import_id,
    line,
    'contradictory_rating' as rule,
    case when is_last then 'quarantine' else 'merge' end as action,
    {none} as field,
    {none} as new,
    cast(
        case
            when is_last
            then to_json(struct_pack(rating := rating, lowest := low, highest := high))
            else
                to_json(
                    struct_pack(
                        kept := kept.import_id || ':' || kept.line,
                        rating := rating,
                        later := high
                    )
                )
        end as varchar
    ) as detail
from judged
where
    (is_last and is_unsure)
    or (
        not is_last
        and not is_unsure
        and is_of_one
        and abs(rating - high) >= {rating_gap}
    )
