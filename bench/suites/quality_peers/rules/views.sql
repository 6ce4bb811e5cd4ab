-- What the rules of all four tools read: each row with what other rows say about it.
create view events as
select
    e.*,
    p.product_id is not null as is_listed,
    coalesce(e.currency = p.currency, true) as is_currency_of_listing,
    e.price_minor / p.price_minor as of_listed_price,
    (e.received_at_us - e.occurred_at_us) / 1e6 as late_s,
    row_number() over (partition by e.event_id order by e.line) as nth_of_id,
    row_number() over (
        partition by e.visitor_id, e.event_type, e.product_id, e.occurred_at_us, e.position, e.query_text
        order by e.line
    ) as nth_of_content,
    count(*) over (partition by e.visitor_id, divide(e.occurred_at_us, 60000000)) as in_minute,
    coalesce(e.query_text, '') || ' ' || coalesce(e.text, '') as typed
from raw_events as e
left join (select product_id, any_value(price_minor) as price_minor, any_value(currency) as currency from raw_products group by 1) as p
    on p.product_id = e.product_id
;
create view products as
select
    p.*,
    row_number() over (partition by product_id order by line) as nth_of_id,
    row_number() over (partition by lower(coalesce(title_en, title_zh)), price_minor order by line) as nth_of_title,
    case when len(codes) > 0 then row_number() over (partition by codes[1] order by line) else 1 end as nth_of_code,
    coalesce(title_en, title_zh) as title,
    concat_ws(' ', title_en, title_zh, description_en, description_zh) as words,
    json_valid(coalesce(attributes, '{}')) as is_json,
    coalesce(len(images), 0) as n_images,
    coalesce(array_to_string(codes, ' '), '') as code_text,
    price_minor / median(price_minor) over (partition by category) as of_median_price
from raw_products as p
;
