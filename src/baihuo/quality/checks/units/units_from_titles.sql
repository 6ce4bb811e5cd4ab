-- TODO: what its rows are
-- {min_rows}
with
    equal as (
        select shelf, key, unit, count(*) as n
        from
            (
                select distinct p.import_id, p.line, shelf, key, unit
                from
                    (
                        select *, cast(text as double) as number
                        from pairs
                        where not is_text
                    ) as p
                join titled as t using (import_id, line, number)
            )
        group by shelf, key, unit
    ),
    total as (
        select shelf, key, count(*) as n_all
        from pairs
        where not is_text
        group by shelf, key
    )
select shelf, key, unit
from equal
join total using (shelf, key)
where n >= {min_rows} and n >= 0.25 * n_all
order by shelf, key, n desc, unit
