-- Findings: listings that their own events contradict. The listing is one row and they
-- are many, so the listing is wrong; left alone, it would make the events look wrong.
-- Where it is an exact hundred times (or a hundredth of) what two visitors or more were
-- asked, it is converted, else withheld. One visitor alone is no witness, nor are
-- events where the category says that they, and not the listing, are far off: noted.
-- {rows}         products: currency, price_minor, category
-- {unit_slack}   two prices within this factor agree
-- {min_visitors} who contradict the listing, before it is touched
-- {min_siblings} priced listings of a category before its median counts
with
    prices as (
        select c.import_id, c.line, e.price_minor as price, visitor_id
        from contradicted as c
        join
            (
                select product_id, currency, price_minor, visitor_id
                from events
                semi join contradicted using (product_id)
                where price_minor > 0
            ) as e
            on e.product_id = c.product_id
            and e.currency is not distinct from c.currency
    ),
    visitors as (
        select
            p.import_id,
            p.line,
            count(distinct visitor_id) filter (
                abs(ln(price) - median_log) <= ln({unit_slack})
            ) as n_visitors
        from prices as p
        join contradicted using (import_id, line)
        group by all
    ),
    exact as (
        select import_id, line, min(price) as new
        from
            (
                select c.import_id, c.line, price
                from contradicted as c
                join prices as p using (import_id, line)
                where
                    abs(ln(price) - median_log) <= ln({unit_slack})
                    and (
                        c.price_minor = 100 * price
                        or (c.price_minor >= 10 and c.price_minor = round(price / 100))
                    )
                group by all
                having count(distinct visitor_id) >= 2
            )
        group by all
        having count(*) = 1
    ),
    siblings as (
        select
            coalesce(category, '') as category,
            currency,
            median(ln(price_minor)) as category_log
        from {rows}
        where
            price_minor > 0
            and coalesce(category, '') in (select category from contradicted)
        group by all
        having count(*) >= {min_siblings}
    ),
    judged as (
        select
            c.*,
            new as exact_price,
            n_visitors,
            exact_price is not null
            or abs(abs(ln(price_minor) - median_log) - ln(100))
            <= ln({unit_slack}) as is_unit,
            n_visitors >= {min_visitors}
            and coalesce(
                abs(median_log - category_log)
                < abs(ln(price_minor) - category_log) + ln(2),
                true
            ) as is_confirmed
        from contradicted as c
        join visitors using (import_id, line)
        left join exact using (import_id, line)
        left join
            siblings as s
            on s.category = c.category
            and s.currency is not distinct from c.currency
    )
select
    import_id,
    line,
    case
        when is_unit
        then 'listing_price_in_wrong_unit'
        else 'listing_price_against_events'
    end as rule,
    case when is_confirmed then 'repair' else 'note' end as action,
    case when is_confirmed then 'price_minor' end as field,
    case when is_confirmed then cast(exact_price as varchar) end as new,
    cast(
        to_json(
            struct_pack(
                field := 'price_minor',
                old := cast(price_minor as varchar),
                new := case when is_confirmed then cast(exact_price as varchar) end,
                n_events := n_events,
                n_far := n_far,
                n_visitors := n_visitors,
                events_say := cast(round(exp(median_log)) as bigint)
            )
        ) as varchar
    ) as detail,
    2 as nth
from judged as c
