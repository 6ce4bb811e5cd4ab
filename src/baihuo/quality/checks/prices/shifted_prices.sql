-- Findings: prices that are all off from their listings by one amount or one factor, on
-- a platform and day where prices are else the listings', and prices of the row before.
--
-- A sale is a factor near 1 or an amount less; postage, another currency or a column
-- that slipped are none. Nor is a price before tax (or with tax on top of it): exact to
-- the cent, by the rates of value added tax. A fifth less is a sale, too.
-- {rows}      priced events: event_type, product_id, price_minor, currency, platform,
-- occurred_at_us
-- {min_rows}  of a platform and day, fewer prove nothing
with
    listed as (
        select
            e.import_id,
            e.line,
            coalesce(e.platform, '') as platform,
            divide(e.occurred_at_us, 86400000000) as day,
            e.price_minor as price,
            p.price_minor as listing,
            e.price_minor - p.price_minor as more,
            ln(e.price_minor / p.price_minor) as log_ratio
        from {rows} as e
        join
            products as p
            on p.product_id = e.product_id
            and p.currency is not distinct from e.currency
        where p.price_minor > 0 and e.price_minor > 0
    ),
    days as (
        select
            platform,
            day,
            count(*) as n,
            mode(more) filter (more > 0) as more,
            median(log_ratio) as log_ratio
        from listed
        where (select avg(case when more = 0 then 1 else 0 end) from listed) >= 0.6
        group by platform, day
        having n >= {min_rows} and count(*) filter (more = 0) <= 0.2 * n
    ),
    shifts as (
        select
            platform,
            d.day,
            d.more,
            d.log_ratio,
            count(*) filter (l.more = d.more) >= 0.6 * any_value(n)
            and count(distinct listing) filter (l.more = d.more) >= 4 as is_amount,
            abs(d.log_ratio) > 0.8
            and count(*) filter (abs(l.log_ratio - d.log_ratio) <= 0.03)
            >= 0.6 * any_value(n)
            and count(distinct listing) >= 4 as is_factor
        from listed as l
        join days as d using (platform, day)
        group by platform, d.day, d.more, d.log_ratio
        having is_amount or is_factor
    ),
    rates as (
        select
            unnest([5, 6, 7, 8, 9, 10, 13, 15, 16, 17, 19, 20, 21, 22, 23, 24]) as rate
    ),
    taxed as (
        select l.*, rate, price < listing as is_net
        from listed as l
        join
            rates
            on more <> 0
            and (
                abs(price * (100 + rate) - 100 * listing) <= 0.51 * (100 + rate)
                or abs(100 * price - listing * (100 + rate)) <= 51
            )
    ),
    tax_shifts as (
        select platform, t.day, rate, is_net
        from taxed as t
        join days using (platform, day)
        group by platform, t.day, rate, is_net
        having count(*) >= 0.6 * any_value(n) and count(distinct listing) >= 4
    ),
    without_tax as (
        select
            t.import_id,
            t.line,
            price,
            listing,
            'the listing '
            || (case when is_net then 'without' else 'with' end)
            || ' a tax of '
            || rate
            || '%' as all_are
        from taxed as t
        join tax_shifts as s using (platform, rate, is_net)
        where t.day between s.day - 1 and s.day + 1
        union
        select l.import_id, l.line, price, listing, 'the listing, less tax and a coupon'
        from listed as l
        join tax_shifts using (platform, day)
        where more <> 0
    ),
    shifted as (
        select
            l.import_id,
            l.line,
            price,
            listing,
            min(
                case
                    when is_amount
                    then 'the listing and ' || s.more
                    else 'the listing times ' || round(exp(s.log_ratio), 3)
                end
            ) as all_are
        from listed as l
        join
            shifts as s
            on s.platform = l.platform
            and l.day between s.day - 1 and s.day + 1
        where
            (l.day = s.day and l.more <> 0)  -- with a coupon, too
            or (is_amount and l.more = s.more)
            or (is_factor and abs(l.log_ratio - s.log_ratio) <= 0.03)
        group by l.import_id, l.line, price, listing
        union all
        select import_id, line, price, listing, max(all_are)
        from without_tax
        where
            (import_id, line) not in (
                select (l.import_id, l.line)
                from listed as l
                join shifts using (platform, day)
            )
        group by import_id, line, price, listing
    ),
    in_order as (
        select
            *,
            more <> 0
            and price = lag(listing) over (order by import_id, line) as is_of_row_before
        from listed
    ),
    slipped as (
        select
            import_id, line, price, listing, 'those of the rows before them' as all_are
        from in_order
        window
            near as (
                order by import_id, line rows between 10 preceding and 10 following
            )
        qualify
            is_of_row_before
            and count(*) filter (is_of_row_before) over near >= 4
            and count(*) filter (is_of_row_before) over near
            >= 0.6 * count(*) filter (more <> 0) over near
    )
select
    import_id,
    line,
    'price_outlier' as rule,
    'note' as action,
    'price_minor' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'price_minor',
                old := cast(price as varchar),
                listed := listing,
                all_here_are := all_are
            )
        ) as varchar
    ) as detail
from
    (
        from shifted
        union all
        from slipped
        anti join shifted using (import_id, line)  -- one finding for a price
    )
