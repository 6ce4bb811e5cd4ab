-- Listings with a price and the group of listings that they are compared in:
-- import_id, line, product_id, currency, price_minor, log_price, price_group. That is
-- the category, else the category's first level, null where neither has enough prices.
-- No category is a group, too.
-- {rows}     products: product_id, currency, price_minor, category
-- {min_rows} prices that a group needs
select
    import_id,
    line,
    product_id,
    currency,
    price_minor,
    ln(price_minor) as log_price,
    case
        when count(*) over (partition by category, currency) >= {min_rows}
        then category
        when count(*) over (partition by root, currency) >= {min_rows}
        then root
    end as price_group
from
    (
        select
            * replace (coalesce(category, '') as category),
            split_part(coalesce(category, ''), ' > ', 1) as root
        from {rows}
        where price_minor > 0
    )
