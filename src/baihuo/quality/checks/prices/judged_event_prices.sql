-- Findings: prices of far_prices that other witnesses confirm to be wrong, repaired
-- where two of them confirm one exact value, else withheld; those that nobody confirms
-- are noted.
--
-- Witnesses are the listing, other visitors who saw or paid a price of this product,
-- and, where nobody else did, what its category costs. The value must be a price that
-- one of them names, by an exact factor (10, 100, 1000, or the pieces of the line), and
-- that another one is near to. Where two values fit, none is taken. Pieces that are the
-- usual price of one, beside a price that is a few, changed places with it: both are
-- withheld.
-- {rows} events: product_id, price_minor, currency, visitor_id
-- {earlier_witnesses} a UNION ALL with purchases of earlier ranges of days, or nothing
-- {unit_slack}   two prices within this factor agree
-- {max_with_share} of the visitors who saw a price of the product, within the wrong one
-- {least_swapped} a price in the place of the pieces is at least so much
-- {most_pieces}   a cell of a price that is the pieces has no more
-- {min_siblings} priced listings of a category before its median counts
with
    witnesses as (
        select
            product_id,
            coalesce(currency, '') as currency_key,
            price_minor as price,
            visitor_id
        from {rows} as r
        semi join far_prices using (product_id)
        where price_minor > 0 {earlier_witnesses}
        union all
        select product_id, currency_key, listed, null
        from far_prices
        where listed is not null
    ),
    prices as materialized(
        select
            product_id,
            currency_key,
            price,
            count(distinct visitor_id) as n_visitors,
            count(*) > count(visitor_id) as is_listed
        from witnesses
        group by all
    ),
    compared as (
        select
            f.import_id,
            f.line,
            f.listed,
            f.price_minor,
            price,
            n_visitors,
            is_listed,
            abs(ln(price) - ln(f.price_minor)) <= ln(1.25) as is_with,
            abs(ln(price) - ln(f.price_minor) + log_ratio)
            <= ln({unit_slack}) as is_usual,
            listed is null
            or abs(ln(price) - ln(listed)) <= ln({unit_slack}) as is_near_listed,
            f.price_minor = 100 * price
            or (f.price_minor >= 10 and f.price_minor = round(price / 100)) as is_unit,
            is_unit
            or f.price_minor in (10 * price, 1000 * price)
            or (
                f.price_minor >= 10
                and f.price_minor in (round(price / 10), round(price / 1000))
            ) as is_factor,
            f.quantity > 1 and f.price_minor = f.quantity * price as is_total
        from far_prices as f
        join
            prices as p
            on p.product_id = f.product_id
            and p.currency_key = f.currency_key
    ),
    support as (
        select
            import_id,
            line,
            sum(n_visitors) filter (is_with) - 1 as n_with,
            coalesce(sum(n_visitors) filter (is_usual and not is_with), 0) as n_against,
            coalesce(bool_or(is_usual and is_unit), false) as has_unit,
            coalesce(bool_or(is_usual and is_total), false) as has_total
        from compared
        group by all
    ),
    confirmed as (
        select import_id, line, min(price) as new
        from compared
        join support using (import_id, line)
        where
            is_usual
            and not is_with
            and is_near_listed
            and case
                when listed is null
                then (is_unit or is_total) and n_visitors >= 2
                else
                    (is_factor or is_total)
                    and (n_visitors >= 1 or is_listed and n_against >= 1)
            end
        group by all
        having count(distinct price) = 1
    ),
    siblings as (
        select
            coalesce(category, '') as category,
            currency,
            median(ln(price_minor)) as median_log
        from products
        where
            price_minor > 0
            and coalesce(category, '') in (
                select coalesce(category, '')
                from products
                semi join
                    (select * from far_prices where is_by_listing) using (product_id)
            )
        group by all
        having count(*) >= {min_siblings}
    ),
    plausible_listings as (
        select f.import_id, f.line
        from far_prices as f
        join products as p using (product_id)
        join
            siblings as s
            on s.category = coalesce(p.category, '')
            and s.currency is not distinct from f.currency
        where
            f.is_by_listing
            and abs(ln(f.listed) - median_log) + ln(2)
            < abs(ln(f.price_minor) - median_log)
    ),
    judged as (
        select
            f.*,
            new,
            n_with,
            n_against,
            case
                when
                    has_unit
                    or (
                        not has_total
                        and (
                            new is not null
                            or abs(abs(log_ratio) - ln(100)) <= ln({unit_slack})
                        )
                    )
                then 'price_in_wrong_unit'
                else 'price_outlier'
            end as rule,
            (
                n_with < 2
                -- what so many visitors pay is a second price of the product; that they
                -- are fewer is certain where Wilson's interval (95%) says so
                or (
                    has_unit
                    and new is not null
                    and (
                        n_with
                        + 1.92
                        + 1.96 * sqrt(n_with * n_against / (n_with + n_against) + 0.96)
                    )
                    <= {max_with_share} * (n_with + n_against + 3.84)
                )
            )
            and (is_far or n_with = 0)
            and (
                not is_by_listing
                or n_against > 0
                or (import_id, line)
                in (select (import_id, line) from plausible_listings)
            ) as is_confirmed,
            exp(ln(f.price_minor) - log_ratio) as usual,
            new is null
            and f.quantity >= {least_swapped}
            and (
                (
                    f.price_minor <= {most_pieces}
                    and f.price_minor < f.quantity
                    and abs(f.quantity - usual) <= 0.05 * usual
                )
                -- pieces were written as a price, with two decimals
                or (
                    f.price_minor % 100 = 0
                    and f.price_minor <= 100 * {most_pieces}
                    and abs(100 * f.quantity - usual) <= 100
                )
            ) as is_swapped
        from far_prices as f
        join support using (import_id, line)
        left join confirmed using (import_id, line)
        -- exactly the pieces times the listing, and nobody else saw a price: only
        -- noted;
        -- so is what others paid only for as many pieces (a till makes its mistake
        -- again)
        qualify
            is_far
            or (
                has_total
                and (
                    n_with = 0
                    and (new is not null or is_by_listing)
                    or n_against >= 2
                    and new is not null
                    and n_with < count(*) filter (has_total) over (
                        partition by f.product_id, f.currency_key
                    )
                )
            )
    )
select
    import_id,
    line,
    rule,
    case when is_confirmed then 'repair' else 'note' end as action,
    case when is_confirmed then 'price_minor' end as field,
    case when is_confirmed then cast(new as varchar) end as new,
    cast(
        to_json(
            struct_pack(
                field := 'price_minor',
                old := cast(price_minor as varchar),
                new := case when is_confirmed then cast(new as varchar) end,
                times_usual := round(exp(log_ratio), 3),
                listed := listed,
                n_visitors_against := n_against,
                n_visitors_with := n_with
            )
        ) as varchar
    ) as detail
from judged
union all
select
    import_id,
    line,
    rule,
    'repair',
    'quantity',
    null,
    cast(
        to_json(
            struct_pack(
                field := 'quantity',
                old := cast(quantity as varchar),
                new := cast(null as varchar),
                price_minor := price_minor,
                listed := listed
            )
        ) as varchar
    )
from judged
where is_confirmed and is_swapped
