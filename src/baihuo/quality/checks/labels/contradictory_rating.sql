-- Ratings that the visitor's last rating of the same purchase contradicts.
-- {rating_gap} stars between two ratings that contradict each other
-- {review_us}  between reviews of one purchase without an order id, at most, µs
with
    reviews as (
        select
            *,
            max(occurred_at_us) over purchase as last_us,
            last_value(
                struct_pack(import_id := import_id, line := line, rating := rating)
            ) over (
                purchase
                order by occurred_at_us, import_id, line
                rows between unbounded preceding and unbounded following
            ) as kept
        from purchases_and_reviews
        where event_type = 'review' and rating is not null
        window purchase as (partition by visitor_id, product_id, order_id)
    )
select
    import_id,
    line,
    struct_pack(
        kept := kept.import_id || ':' || kept.line,
        rating := rating,
        later := kept.rating
    ) as detail
from reviews
where
    occurred_at_us < last_us
    and abs(rating - kept.rating) >= {rating_gap}
    and (order_id is not null or last_us - occurred_at_us <= {review_us})
