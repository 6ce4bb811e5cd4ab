-- TODO: what its rows are
-- {max}
-- {max_values}
-- {pairs}
with
    colours(en, zh) as (values {pairs}),
    counted as (
        select scope, key, value, count(*) as n from facts group by scope, key, value
    ),
    kinds as (
        select scope, key
        from counted
        group by scope, key
        having key = 'brand' or count(*) <= {max_values}
    ),
    vocabulary as (
        select scope, key, value
        from counted
        semi join kinds using (scope, key)
        where n >= {max}
    )
select scope, key, value, value as form
from vocabulary
union
select scope, key, value, zh
from vocabulary
join colours on value = en
union
select scope, key, value, en
from vocabulary
join colours on value = zh
