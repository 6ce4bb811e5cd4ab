-- Events with a price far from what others saw or paid for the product, by the median
-- and MAD of logarithms over its visitors and its listing: rule, is_sure, new (null: no
-- exact value is confirmed).
--
-- It is sure to be wrong where two witnesses or more are near the median, and next to
-- no other visitor saw the same. The value is one that the listing or two others
-- name, times
-- 100 or a hundredth. A low price of a large line is a discount. Exactly so many times
-- what they name as pieces were bought, and seen by no other visitor, is the price of
-- the
-- line.
-- {rows}           events: visitor_id, product_id, price_minor, currency, quantity
-- {min_ratio}      many times dearer or cheaper
-- {max_deviations} and so many robust standard deviations off
-- {unit_slack}     two prices within this factor agree
-- {bulk_ratio}     pieces of a large line
-- {max_share}      of the witnesses, that say the same: more is a second price
with
    priced as (
        select *, coalesce(currency, '') as money, ln(price_minor) as log_price
        from {rows}
        where price_minor > 0
    ),
    seen as materialized(
        select distinct product_id, money, visitor_id as witness, price_minor, log_price
        from priced
        union all
        select
            product_id, coalesce(currency, ''), 'listing', price_minor, ln(price_minor)
        from products
        where price_minor > 0
    ),
    medians as (
        select product_id, money, median(log_price) as usual, count(*) as n
        from seen
        group by product_id, money
        having count(*) >= 3
    ),
    usual_prices as (
        select
            product_id,
            money,
            any_value(usual) as usual,
            {max_deviations}
            * greatest(1.4826 * median(abs(log_price - usual)), 0.02) as least_off
        from seen
        join medians using (product_id, money)
        group by product_id, money
    ),
    far as materialized(
        select
            *,
            log_price - usual as off,
            quantity > 1 and abs(off - ln(quantity)) <= ln({unit_slack}) as is_total
        from priced
        join usual_prices using (product_id, money)
        where
            -- ten times is a digit too many, and a tenth may be a sale
            abs(off) > least_off
            and (abs(off + 1e-6) > ln({min_ratio}) or is_total)
            and not (
                coalesce(quantity, 1) >= {bulk_ratio}
                and off between - ln(100 / {unit_slack}) and 0
            )
    ),
    support as (
        select
            f.import_id,
            f.line,
            count(distinct s.witness) filter (
                s.witness is distinct from f.visitor_id
                and abs(s.log_price - f.log_price) <= ln(1.25)
            ) as n_with,
            count(distinct s.witness) filter (
                abs(s.log_price - usual) <= ln({unit_slack})
            ) as n_against,
            any_value(s.price_minor) filter (is_exact) as exact,
            count(*) filter (is_exact) >= 2
            or bool_or(s.witness = 'listing') filter (is_exact) as is_named
        from far as f
        join
            seen as s using (product_id, money),
            lateral(
                select
                    abs(s.log_price - usual) <= ln({unit_slack})
                    and (
                        f.price_minor = 1e2 * s.price_minor
                        or 1e2 * f.price_minor = s.price_minor
                        or (is_total and f.price_minor = f.quantity * s.price_minor)
                    ) as is_exact
            )
        group by f.import_id, f.line
    )
select
    import_id,
    line,
    case
        when abs(abs(off) - ln(100)) <= ln({unit_slack})
        then 'price_in_wrong_unit'
        else 'price_outlier'
    end as rule,
    n_against >= 2 and n_with <= greatest(1, {max_share} * n_against) as is_alone,
    is_alone and abs(off + 1e-6) > ln({min_ratio}) as is_sure,
    case when is_sure and is_named then exact end as new,
    struct_pack(
        field := 'price_minor',
        old := cast(price_minor as varchar),
        new := cast(new as varchar),
        times_usual := round(exp(off), 3),
        n_visitors_against := n_against,
        n_visitors_with := n_with
    ) as detail
from far
join support using (import_id, line)
where abs(off + 1e-6) > ln({min_ratio}) or (is_alone and is_named)
