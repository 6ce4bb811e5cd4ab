-- Findings: listings that no repair is sure of, noted: for nothing where others have a
-- price; in a currency that nearly no other listing has, with a number that is usual
-- in the shop's, or in its own events; a few times dearer or cheaper than every event
-- of several visitors, or less where two digits of what they were asked changed places.
--
-- {rows}            products: product_id, currency, price_minor, category,
-- updated_at_us
-- {decimal_price}   price_minor as people write it, in units of currency
-- {max_odd_share}   of the listings with a price, that are free or in another currency:
-- more is how the shop sells
-- {min_rows}        priced listings of a category before it says what is usual
-- {min_noted_ratio} a price so many times off the events' is noted
-- {min_ratio}       so many times off is judged elsewhere
-- {unit_slack}      two prices within this factor agree
-- {min_events}      events that agree with each other against the listing
-- {min_visitors}    of whom they are
with
    listings as materialized(
        select *, {decimal_price} as price from {rows} where price_minor >= 0
    ),
    total as (select count(*) as n from listings),
    free as (
        select *
        from listings
        where price_minor = 0 and (select n from total) >= {min_rows}
        qualify count(*) over () <= {max_odd_share} * (select n from total)
    ),
    currencies as (
        select currency, count(*) as n
        from listings
        where currency is not null and price_minor > 0
        group by currency
    ),
    usual as (
        select currency
        from currencies
        where n >= (1 - {max_odd_share}) * (select sum(n) from currencies)
    ),
    usual_prices as (
        select
            category,
            quantile_cont(price, 0.05) as low,
            quantile_cont(price, 0.95) as high
        from listings
        join usual using (currency)
        where price_minor > 0 and category <> ''
        group by category
        having count(*) >= {min_rows}
    ),
    foreign_listings as (
        select l.*, usual.currency as usual_currency, low, high
        from listings as l
        join usual on l.currency <> usual.currency
        join usual_prices using (category)
        where price between low / 2 and high * 2
    ),
    asked as (
        select
            l.import_id,
            l.line,
            any_value(l.price_minor) as price_minor,
            any_value(l.currency) as currency,
            e.currency as asked_currency,
            count(*) as n_events,
            count(distinct visitor_id) as n_visitors,
            -- after the listing was changed: it is no price of tomorrow
            count(distinct visitor_id) filter (
                e.occurred_at_us > l.updated_at_us
            ) as n_later_visitors,
            exp(median(ln(e.price_minor))) as events_say,
            min(e.price_minor) as lowest,
            max(e.price_minor) as highest,
            count(distinct e.currency) over (
                partition by l.import_id, l.line
            ) as n_currencies
        from listings as l
        join
            (
                select product_id, currency, price_minor, visitor_id, occurred_at_us
                from events
                where price_minor > 0
            ) as e using (product_id)
        where l.price_minor > 0
        group by l.import_id, l.line, e.currency
        having count(*) >= {min_events}
    ),
    against as (
        select
            *,
            cast(price_minor as varchar) as digits,
            greatest(price_minor / events_say, events_say / price_minor) as ratio,
            list_contains(
                [
                    digits[:i - 1] || digits[i + 1] || digits[i] || digits[i + 2:]
                    for i in range(1, length(digits))
                ],
                cast(lowest as varchar)
            )
            and lowest = highest
            and n_later_visitors >= {min_visitors} as is_transposed
        from asked
        where
            n_visitors >= {min_visitors}
            and asked_currency is not distinct from currency
            and highest <= {unit_slack} * lowest
            and (price_minor > highest or price_minor < lowest)
    ),
    mislabelled as (  -- its own events have this very number in the usual currency
        select asked.*
        from asked
        semi join usual on usual.currency = asked.asked_currency
        where
            asked.currency <> asked_currency
            and n_currencies = 1
            and n_visitors >= {min_visitors}
            and lowest = price_minor
            and highest = price_minor
    ),
    noted as (
        select
            import_id,
            line,
            'listing_price_outlier' as rule,
            to_json(
                struct_pack(
                    field := 'price_minor',
                    old := '0',
                    why := 'free, where nearly all have a price'
                )
            ) as detail
        from free
        union all
        select
            import_id,
            line,
            'listing_price_outlier',
            to_json(
                struct_pack(
                    field := 'currency',
                    old := currency,
                    usual := usual_currency,
                    why := 'the number is usual in the currency of nearly all listings'
                )
            )
        from foreign_listings
        union all
        select
            import_id,
            line,
            'listing_price_outlier',
            to_json(
                struct_pack(
                    field := 'currency',
                    old := currency,
                    usual := asked_currency,
                    why
                    := 'all its events have this number in the currency of nearly all listings'
                )
            )
        from mislabelled
        anti join foreign_listings using (import_id, line)
        union all
        select
            import_id,
            line,
            'listing_price_against_events',
            to_json(
                struct_pack(
                    field := 'price_minor',
                    old := cast(price_minor as varchar),
                    n_events := n_events,
                    n_visitors := n_visitors,
                    events_say := cast(round(events_say) as bigint)
                )
            )
        from against
        where
            ratio < {min_ratio} * (1 - 1e-9)
            and (ratio >= {min_noted_ratio} or is_transposed)
    )
select
    import_id,
    line,
    rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(detail as varchar) as detail
from noted
