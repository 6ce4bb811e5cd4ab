-- Findings: listings that their own events contradict. The listing is one row and they
-- are many, so the listing is wrong; left alone, it would make the events look wrong.
-- Where they all say a hundredth, or a hundred times, it is in the wrong unit, and
-- converted.
-- {rows}       products: product_id, currency, price_minor
-- {min_ratio}  a price so many times dearer or cheaper contradicts the listing
-- {unit_slack} a price in the wrong unit lands within this factor when converted
-- {min_events} events that contradict the listing
with
    compared as (
        select
            import_id,
            line,
            any_value(p.price_minor) as price_minor,
            count(*) as n_events,
            count(*) filter (is_far) as n_far,
            median(ln(e.price_minor)) filter (is_far) as median_log
        from (select * from {rows} where price_minor > 0) as p
        join
            (
                select product_id, currency, price_minor
                from events
                where price_minor > 0
            ) as e
            on e.product_id = p.product_id
            and e.currency is not distinct from p.currency,
            lateral(
                select
                    abs(ln(e.price_minor) - ln(p.price_minor))
                    > ln({min_ratio}) as is_far
            )
        group by import_id, line
    ),
    judged as (
        select
            *,
            ln(price_minor) - median_log as log_ratio,
            abs(abs(log_ratio) - ln(100)) <= ln({unit_slack}) as is_unit
        from compared
    ),
    converted as (
        select
            *,
            case
                when is_unit and log_ratio > 0
                then cast(round(price_minor / 100.0) as bigint)
                when is_unit
                then price_minor * 100
            end as new
        from judged
    )
select
    import_id,
    line,
    case
        when is_unit
        then 'listing_price_in_wrong_unit'
        else 'listing_price_against_events'
    end as rule,
    'repair' as action,
    'price_minor' as field,
    cast(new as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'price_minor',
                old := cast(price_minor as varchar),
                new := cast(new as varchar),
                n_events := n_events,
                n_far := n_far,
                events_say := cast(round(exp(median_log)) as bigint)
            )
        ) as varchar
    ) as detail
from converted as c
where
    n_far >= {min_events}
    and 2 * n_far > n_events
    and not exists (
        select 1 from repairs as r where r.import_id = c.import_id and r.line = c.line
    )
