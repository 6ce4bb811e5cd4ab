-- TODO: what its rows are
-- {against_events}
-- {as_found}
-- {log}
-- {slack}
with
    sold as (
        select
            product_id, currency, median(ln(price_minor)) as sold_at, count(*) as n_sold
        from events
        semi join suspects using (product_id)
        where event_type = 'purchase' and price_minor > 0
        group by product_id, currency
    ),
    judged as (
        select
            s.*,
            off,
            case
                when
                    n_sold >= 3
                    and abs(ln(s.price_minor) - sold_at - sign(off) * {log}) <= {slack}
                then 'listing_price_in_wrong_unit'
                when sold_at is null or abs(ln(s.price_minor) - sold_at) > {slack}
                then 'listing_price_outlier'
            end as rule
        from suspects as s
        join far using (import_id, line)
        left join
            sold
            on sold.product_id = s.product_id
            and sold.currency is not distinct from s.currency
    ),
    found as ({as_found})
select *
from found
union all
({against_events})
