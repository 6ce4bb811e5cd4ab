-- TODO: what its rows are
-- {list}
-- {rows}
select s.n, {list}
from {rows} as r
join
    (
        select n, import_id, line
        from titles
        where
            n in (
                select a
                from pairs
                union all
                select b
                from pairs
            )
    ) as s
    on s.import_id = r.import_id
    and s.line = r.line
order by n
