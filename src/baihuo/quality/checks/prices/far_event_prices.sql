-- Events with a price far from the product's usual price, else from its listing, or at
-- the price of the whole line: a multiple that is the number of pieces. What confirms
-- them is asked of these few rows only (judged_event_prices.sql).
--
-- Left alone are events that contradict a listing together, several and most of those
-- that have a price: then the listing is wrong. So is a low price that a quantity
-- explains.
-- {rows}              events: event_type, visitor_id, product_id, price_minor,
-- currency,
-- quantity
-- {purchases} a SELECT of purchases with a price, of earlier ranges of days, too
-- {unlisted_products} a UNION ALL with products that have no list price, or nothing
-- {min_rows}          purchases of a product before its usual price is known
-- {min_ratio}         many times dearer or cheaper than usual
-- {max_deviations}    and so many robust standard deviations off
-- {unit_slack}        a price within this factor of a hundredth is in another unit
-- {min_events}        that contradict a listing before it is noted for one visitor's
-- {bulk_ratio}        times the usual pieces: a low price is a discount
with
    sold as materialized({purchases}),
    medians as materialized(
        select product_id, currency, median(log_price) as median_log
        from sold
        group by product_id, currency
        having count(*) >= {min_rows}
    ),
    usual_prices as (
        select
            s.product_id,
            s.currency,
            any_value(median_log) as median_log,
            median(abs(log_price - median_log)) as mad
        from sold as s
        join
            medians as m
            on m.product_id = s.product_id
            and m.currency is not distinct from s.currency
        group by s.product_id, s.currency{unlisted_products}
    ),
    compared as (
        select
            r.*,
            u.median_log is null as is_by_listing,
            case when u.median_log is null then 0 else u.mad end as mad,
            case when p.price_minor > 0 then p.price_minor end as listed,
            ln(r.price_minor) - coalesce(
                u.median_log, case when p.price_minor > 0 then ln(p.price_minor) end
            ) as log_ratio
        from (select * from {rows} where price_minor > 0) as r
        left join
            usual_prices as u
            on u.product_id = r.product_id
            and u.currency is not distinct from r.currency
        left join
            products as p
            on p.product_id = r.product_id
            and p.currency is not distinct from r.currency
    ),
    far as materialized(
        select
            * exclude (mad),
            coalesce(currency, '') as currency_key,
            -- ten times the price, to the cent, is a digit too many; a tenth may be a
            -- sale
            log_ratio > ln({min_ratio}) - 1e-6
            or log_ratio < - ln({min_ratio}) - 1e-6 as is_far
        from compared
        where
            (
                log_ratio > ln({min_ratio}) - 1e-6
                or log_ratio < - ln({min_ratio}) - 1e-6
                or (quantity > 1 and abs(log_ratio - ln(quantity)) <= 0.1)
            )
            and abs(log_ratio) > {max_deviations} * greatest(1.4826 * mad, 0.02)
    ),
    far_from_listing as (
        -- events that contradict a listing together say one price: two slips do not,
        -- nor do the cart and the purchase of one visitor; one who saw it on other days
        -- again is noted once, at the listing
        select product_id, currency_key, count(*) as n_far
        from far
        join
            (
                select product_id, currency_key, median(log_ratio) as middle
                from far
                where is_by_listing and is_far
                group by all
            ) as m using (product_id, currency_key)
        where is_by_listing and is_far and abs(log_ratio - middle) <= ln({unit_slack})
        group by all
        having
            count(distinct visitor_id) > 1
            or (
                count(*) >= {min_events}
                and count(distinct divide(occurred_at_us, 86400000000)) >= 2
            )
    ),
    contradicted_listings as (
        select product_id, currency_key
        from far_from_listing
        join
            (
                select product_id, coalesce(currency, '') as currency_key, count(*) as n
                from {rows}
                where
                    price_minor > 0
                    and product_id in (select product_id from far_from_listing)
                group by all
            ) using (product_id, currency_key)
        where 2 * n_far > n
    ),
    cheap as (
        select *
        from far
        where
            log_ratio between - ln(100) and 0
            and abs(log_ratio + ln(100)) > ln({unit_slack})
            and quantity >= {bulk_ratio}
            -- no discount: the price stands in the quantity, and the pieces in the
            -- price
            and not (
                price_minor % 100 = 0
                and abs(100 * quantity - price_minor * exp(- log_ratio)) <= 100
            )
    ),
    usual_pieces as (
        select
            product_id,
            coalesce(currency, '') as currency_key,
            median(coalesce(quantity, 1)) as pieces
        from sold
        semi join cheap using (product_id)
        group by all
        having count(*) >= {min_rows}
    ),
    quantity_discounts as (
        select import_id, line
        from cheap
        left join usual_pieces using (product_id, currency_key)
        where quantity >= {bulk_ratio} * coalesce(pieces, 1)
    )
select *
from far
anti join quantity_discounts using (import_id, line)
where
    not is_by_listing
    or not exists (
        select 1
        from contradicted_listings as c
        where c.product_id = far.product_id and c.currency_key = far.currency_key
    )
