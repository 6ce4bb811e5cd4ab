-- Reviews that passed the checks, one a visitor and product (the latest), newest
-- first within a product. Of the live log, where anybody can write, only those of
-- visitors who bought the product, by the time of receipt.
with
    reviews as (
        select
            *,
            case when import_id = 0 then received_at_us else occurred_at_us end as at_us
        from events
        where
            event_type = 'review'
            and product_id is not null
            and (rating is not null or text is not null)
    )
select product_id, rating, text, language, at_us
from reviews
where
    import_id <> 0
    or (visitor_id, product_id)
    in (select (visitor_id, product_id) from events where event_type = 'purchase')
qualify
    row_number() over (
        partition by visitor_id, product_id order by at_us desc, event_id
    )
    = 1
order by product_id, at_us desc, event_id
