-- Findings: candidates that their words contradict as well, unless they are bought at
-- that price; and listings that their own events contradict. Converted where it is
-- exactly a hundred times (or a hundredth of) a price that was paid, else withheld;
-- noted where no category says that such things are cheap, others are as dear, and
-- events are not sure either.
-- {unit_slack} two prices within this factor agree
-- {contradicted_listings} a UNION ALL with findings of other listings, or nothing
with
    purchases as (
        select product_id, currency, price_minor as paid
        from events
        semi join candidates using (product_id)
        where event_type = 'purchase' and price_minor > 0
    ),
    sold as (
        select product_id, currency, median(ln(paid)) as sold_log, count(*) as n_sold
        from purchases
        group by product_id, currency
    ),
    exact as (
        select c.import_id, c.line, min(paid) as new
        from candidates as c
        join
            purchases as p
            on p.product_id = c.product_id
            and p.currency is not distinct from c.currency
        join
            sold as s
            on s.product_id = c.product_id
            and s.currency is not distinct from c.currency
        where
            abs(ln(paid) - sold_log) <= ln({unit_slack})
            and (
                c.price_minor = 100 * paid
                or (c.price_minor >= 10 and c.price_minor = round(paid / 100))
            )
        group by c.import_id, c.line
        having count(distinct paid) = 1
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
                    or abs(ln(c.price_minor) - sold_log) > 2 * ln({unit_slack})
                then 'listing_price_outlier'
            end as rule,
            case
                when rule = 'listing_price_in_wrong_unit'
                then cast(exact.new as varchar)
            end as new,
            -- a server among cables is dear rightly, and no category says so
            rule = 'listing_price_outlier'
            and price_group = ''
            and nth_last > 3
            and log_ratio > 0 as is_unsure
        from candidates as c
        join far using (import_id, line)
        left join exact using (import_id, line)
        left join
            sold
            on sold.product_id = c.product_id
            and sold.currency is not distinct from c.currency
    ),
    repairs as (
        select
            import_id,
            line,
            rule,
            case when is_unsure then 'note' else 'repair' end as action,
            case when not is_unsure then 'price_minor' end as field,
            new,
            cast(
                to_json(
                    struct_pack(
                        field := 'price_minor',
                        old := cast(price_minor as varchar),
                        new := new,
                        times_usual := round(exp(log_ratio), 3)
                    )
                ) as varchar
            ) as detail
        from judged
        where rule is not null
    )
select import_id, line, rule, action, field, new, detail
from (select *, 1 as nth from repairs{contradicted_listings})
-- one finding a listing: of what words are unsure of, events may be sure
qualify
    row_number() over (partition by import_id, line order by action = 'note', nth) = 1
