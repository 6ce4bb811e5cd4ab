-- Listings that most of their own events contradict, or all of a few, of two visitors
-- or more who paid about the same: import_id, line, product_id,
-- currency, price_minor, category, n_events, n_far, n_visitors, median_log (of the
-- events' prices).
-- {rows}       products: product_id, currency, price_minor, category
-- {min_ratio}  a price so many times dearer or cheaper contradicts the listing
-- {min_events} events that contradict the listing
-- {unit_slack} two prices within this factor agree
with
    compared as (
        select
            import_id,
            line,
            any_value(p.product_id) as product_id,
            any_value(p.currency) as currency,
            any_value(p.price_minor) as price_minor,
            any_value(coalesce(category, '')) as category,
            count(*) as n_events,
            count(*) filter (is_far) as n_far,
            median(ln(e.price_minor)) filter (is_far) as median_log,
            min(visitor_id) <> max(visitor_id)
            and max(e.price_minor) <= {unit_slack} * min(e.price_minor) as is_agreed
        from (select * from {rows} where price_minor > 0) as p
        join
            (
                select product_id, currency, price_minor, visitor_id
                from events
                where price_minor > 0
            ) as e
            on e.product_id = p.product_id
            and e.currency is not distinct from p.currency,
            lateral(
                select
                    abs(ln(e.price_minor) - ln(p.price_minor))
                    > ln({min_ratio}) - 1e-9 as is_far
            )
        group by import_id, line
    )
select * exclude (is_agreed)
from compared
where
    (n_far >= {min_events} and 2 * n_far > n_events) or (n_far = n_events and is_agreed)
