-- Findings: candidates that their words contradict as well, unless they are bought at
-- that price; and listings that their own events contradict.
-- {unit_slack} a price in the wrong unit lands within this factor when converted
-- {price_repairs}         a SELECT of findings from the rows of judged
-- {contradicted_listings} a SELECT of findings of other listings
with
    sold as (
        select
            product_id,
            currency,
            median(ln(price_minor)) as sold_log,
            count(*) as n_sold
        from events
        semi join candidates using (product_id)
        where event_type = 'purchase' and price_minor > 0
        group by product_id, currency
    ),
    judged as (
        select
            c.*,
            log_ratio,
            case
                when
                    n_sold >= 3
                    and abs(ln(c.price_minor) - sold_log - sign(log_ratio) * ln(100))
                    <= ln({unit_slack})
                then 'listing_price_in_wrong_unit'
                when
                    sold_log is null
                    or abs(ln(c.price_minor) - sold_log) > ln({unit_slack})
                then 'listing_price_outlier'
            end as rule
        from candidates as c
        join far using (import_id, line)
        left join
            sold
            on sold.product_id = c.product_id
            and sold.currency is not distinct from c.currency
    ),
    repairs as ({price_repairs})
select *
from repairs
union all
({contradicted_listings})
