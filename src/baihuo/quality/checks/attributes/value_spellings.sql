-- The ways in which a title may write a value: scope, key, value, spelling. It is
-- the value itself, and of a colour also its name in the other language.
--
-- {colour_pairs} rows (English, Chinese) of colour names
-- {min_products} that hold a value before titles are searched for it
-- {max_values} of an attribute in a department; one with more is not a list of
-- choices
with
    colours(en, zh) as (values {colour_pairs}),
    counted as (
        select scope, key, value, count(*) as n
        from known_values
        group by scope, key, value
    ),
    enumerated as (
        select scope, key
        from counted
        group by scope, key
        having key = 'brand' or count(*) <= {max_values}
    ),
    common_values as (
        select scope, key, value
        from counted
        semi join enumerated using (scope, key)
        where n >= {min_products}
    )
select scope, key, value, value as spelling
from common_values
union
select scope, key, value, zh
from common_values
join colours on value = en
union
select scope, key, value, en
from common_values
join colours on value = zh
