-- TODO: what its rows are
-- {min_rows}
with
    facts as (
        select shelf, key, text, is_text, count(*) as n
        from pairs
        group by shelf, key, text, is_text
    ),
    several as (
        select shelf, key
        from facts
        group by shelf, key
        having bool_or(is_text) and sum(n) >= {min_rows}
    )
select facts.*
from facts
join several using (shelf, key)
order by shelf, key, text, is_text
