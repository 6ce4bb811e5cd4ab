-- Distinct values of attributes that are written as text at least once, with the
-- number n of products that have them.
--
-- {min_rows} values of an attribute in a category before its format is checked
with
    counts as (
        select category, key, text, is_text, count(*) as n
        from numeric_attributes
        group by category, key, text, is_text
    ),
    attributes as (
        select category, key
        from counts
        group by category, key
        having bool_or(is_text) and sum(n) >= {min_rows}
    )
select counts.*
from counts
join attributes using (category, key)
order by category, key, text, is_text
