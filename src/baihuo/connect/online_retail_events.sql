-- TODO: what its rows are
-- {code}
-- {error}
-- {is_product}
-- {occurred}
-- {prefix}
-- {price}
select
    event_id,
    event_type,
    visitor_id,
    occurred_at_us,
    occurred_at_us as received_at_us,
    product_id,
    order_id,
    case when is_paid and price_minor = 0 then null else price_minor end as price_minor,
    'GBP' as currency,
    abs(units) as quantity,
    country,
    line,
    {error} as error
from
    (
        select
            __line__ as line,
            '{prefix}-' || __line__ as event_id,
            case
                when starts_with(upper(trim(invoice)), 'C')
                then 'cancel'
                else 'purchase'
            end as event_type,
            nullif(regexp_replace(trim("Customer ID"), '\.0$', ''), '') as visitor_id,
            {occurred} as occurred_at_us,
            {code} as product_id,
            {is_product} as is_product,
            trim(invoice) as order_id,
            {price} as price_minor,
            try_cast(price as decimal(18, 6)) > 0 as is_paid,
            case
                when regexp_full_match(trim(quantity), '-?[0-9]{1,15}(\.0)?')
                then cast(cast(quantity as double) as bigint)
            end as units,
            nullif(trim(country), '') as country
        from rows
    )
