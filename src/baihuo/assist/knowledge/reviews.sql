-- Reviews that passed the checks, one a visitor and product (the latest), newest
-- first within a product.
select product_id, rating, text, language, occurred_at_us as at_us
from events
where
    event_type = 'review'
    and product_id is not null
    and (rating is not null or text is not null)
qualify
    row_number() over (
        partition by visitor_id, product_id order by occurred_at_us desc, event_id
    )
    = 1
order by product_id, occurred_at_us desc, event_id
