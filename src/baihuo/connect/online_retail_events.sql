-- One event for each invoice line, with the index of its first row error in error,
-- and the values withheld from it.
-- {id_prefix}      start of the made-up event ids; the line number follows
-- {product_code}   the stock code, upper case and trimmed
-- {is_product}     whether the code is a product, not postage, a fee or a voucher
-- {occurred_at_us} time of the invoice, microseconds UTC
-- {price_minor}    price of one unit in pence
-- {error}          index of the first row error, null where there is none
-- {withheld}       errors that withhold a value, as bits, null where there are none
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
    {error} as error,
    {withheld} as withheld
from
    (
        select
            __line__ as line,
            '{id_prefix}-' || __line__ as event_id,
            case
                when starts_with(upper(trim(invoice)), 'C')
                then 'cancel'
                else 'purchase'
            end as event_type,
            nullif(regexp_replace(trim("Customer ID"), '\.0$', ''), '') as visitor_id,
            {occurred_at_us} as occurred_at_us,
            {product_code} as product_id,
            {is_product} as is_product,
            trim(invoice) as order_id,
            {price_minor} as price_minor,
            try_cast(price as decimal(18, 6)) > 0 as is_paid,
            case
                when regexp_full_match(trim(quantity), '-?[0-9]{1,15}(\.0)?')
                then cast(cast(quantity as double) as bigint)
            end as units,
            nullif(trim(country), '') as country
        from rows
    )
