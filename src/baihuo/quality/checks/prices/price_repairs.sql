-- TODO: what its rows are
-- {converted}
-- {judged}
-- {unit}
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
                times_usual := round(exp(off), 3)
            )
        ) as varchar
    ) as detail
from (select *, case when rule = '{unit}' then {converted} end as new from {judged})
where rule is not null
