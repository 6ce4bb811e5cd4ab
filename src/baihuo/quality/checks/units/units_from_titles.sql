-- Units that titles write after the very number that an attribute has as a bare
-- number: category, key, unit, most frequent first.
--
-- {min_rows} products that confirm a unit
with
    in_titles as (
        select category, key, unit, count(*) as n
        from
            (
                select distinct p.import_id, p.line, category, key, unit
                from
                    (
                        select *, cast(text as double) as number
                        from numeric_attributes
                        where not is_text
                    ) as p
                join title_measures as t using (import_id, line, number)
            )
        group by category, key, unit
    ),
    totals as (
        select category, key, count(*) as n_all
        from numeric_attributes
        where not is_text
        group by category, key
    )
select category, key, unit
from in_titles
join totals using (category, key)
where n >= {min_rows} and n >= 0.25 * n_all
order by category, key, n desc, unit
