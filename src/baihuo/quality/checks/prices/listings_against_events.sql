-- Listings that most of their own events contradict: rule, is_sure, new (null: no exact
-- value is confirmed). The listing is one row and they are many; but where its category
-- says that they, and not the listing, are far off, it is not sure.
-- {rows}         products: product_id, currency, price_minor, category
-- {min_ratio}    a price so many times dearer or cheaper contradicts the listing
-- {min_events}   events that contradict the listing
-- {min_visitors} who do
-- {min_rows}     priced listings of a category before its median counts
-- {unit_slack}   two prices within this factor agree
with
    listings as (
        select
            *,
            case
                when count(*) over siblings >= {min_rows}
                then median(ln(price_minor)) over siblings
            end as category_log
        from {rows}
        where price_minor > 0
        window siblings as (partition by category, currency)
    ),
    asked as (
        select
            p.import_id,
            p.line,
            p.price_minor,
            category_log,
            e.price_minor as asked,
            visitor_id,
            abs(ln(e.price_minor / p.price_minor)) > ln({min_ratio}) - 1e-9 as is_far
        from listings as p
        join
            events as e
            on e.product_id = p.product_id
            and e.currency is not distinct from p.currency
        where e.price_minor > 0
    ),
    contradicted as (
        select
            import_id,
            line,
            count(*) as n_events,
            count(*) filter (is_far) as n_far,
            count(distinct visitor_id) filter (is_far) as n_visitors,
            median(ln(asked)) filter (is_far) as asked_log
        from asked
        group by import_id, line
        having
            n_far >= {min_events}
            and 2 * n_far > n_events
            and n_visitors >= {min_visitors}
    ),
    exact as (
        select import_id, line, any_value(asked) as new
        from
            (
                select import_id, line, asked
                from asked
                join contradicted using (import_id, line)
                where
                    abs(ln(asked) - asked_log) <= ln({unit_slack})
                    and (price_minor = 1e2 * asked or 1e2 * price_minor = asked)
                group by import_id, line, asked
                having count(distinct visitor_id) >= 2
            )
        group by import_id, line
        having count(*) = 1
    )
select
    import_id,
    line,
    case
        when abs(abs(ln(price_minor) - asked_log) - ln(100)) <= ln({unit_slack})
        then 'listing_price_in_wrong_unit'
        else 'listing_price_against_events'
    end as rule,
    coalesce(
        abs(asked_log - category_log) < abs(ln(price_minor) - category_log) + ln(2),
        true
    ) as is_sure,
    case when is_sure then exact.new end as new,
    struct_pack(
        field := 'price_minor',
        old := cast(price_minor as varchar),
        new := cast(new as varchar),
        n_events := n_events,
        n_far := n_far,
        n_visitors := n_visitors,
        events_say := cast(round(exp(asked_log)) as bigint)
    ) as detail
from contradicted
join listings using (import_id, line)
left join exact using (import_id, line)
