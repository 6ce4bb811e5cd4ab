-- Findings: prices converted where they are in the wrong unit, else withheld (made
-- null).
-- {judged}    rows with price_minor, log_ratio (ln of price / usual price) and rule
-- {unit_rule} the rule that converts
select
    import_id,
    line,
    rule,
    'repair' as action,
    'price_minor' as field,
    cast(new as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'price_minor',
                old := cast(price_minor as varchar),
                new := cast(new as varchar),
                times_usual := round(exp(log_ratio), 3)
            )
        ) as varchar
    ) as detail
from
    (
        select
            *,
            case
                when rule = '{unit_rule}' and log_ratio > 0
                then cast(round(price_minor / 100.0) as bigint)
                when rule = '{unit_rule}'
                then price_minor * 100
            end as new
        from {judged}
    )
where rule is not null
