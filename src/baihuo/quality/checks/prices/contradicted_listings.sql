-- TODO: what its rows are
-- {converted}
-- {log}
-- {log_2}
-- {min_far}
-- {rows}
-- {slack}
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
                events_say := cast(round(exp(said)) as bigint)
            )
        ) as varchar
    ) as detail
from
    (
        select *, case when is_unit then {converted} end as new
        from
            (
                select *, abs(abs(off) - {log}) <= {slack} as is_unit
                from
                    (
                        select *, ln(price_minor) - said as off
                        from
                            (
                                select
                                    import_id,
                                    line,
                                    any_value(p.price_minor) as price_minor,
                                    count(*) as n_events,
                                    count(*) filter (is_far) as n_far,
                                    median(ln(e.price_minor)) filter (is_far) as said
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
                                            > {log_2} as is_far
                                    )
                                group by import_id, line
                            )
                    )
            )
    ) as far
where
    n_far >= {min_far}
    and 2 * n_far > n_events
    and not exists (
        select 1 from found as f where f.import_id = far.import_id and f.line = far.line
    )
