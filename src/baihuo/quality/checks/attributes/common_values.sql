-- The commonest values of attributes and brands, that texts are searched for: value.
--
-- {rows}    products: brand
-- {pattern} RE2 of values that are words
-- {most}    values, the commonest first
select value
from
    (
        select lower(trim(value)) as value
        from attribute_values
        where is_text and regexp_matches(value, '{pattern}')
        union all
        select lower(trim(brand))
        from {rows}
        where regexp_matches(brand, '{pattern}')
    )
group by value
having count(*) >= 10
order by count(*) desc, value
limit {most}
