-- TODO: what its rows are
-- {min_rows}
-- {rows}
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
    end as shelf
from
    (
        select
            * replace (coalesce(category, '') as category),
            split_part(coalesce(category, ''), ' > ', 1) as root
        from {rows}
        where price_minor > 0
    )
