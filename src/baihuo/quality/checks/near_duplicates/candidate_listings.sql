-- Listings that are in a candidate pair, with their number n.
--
-- {columns} columns of the products (alias r) that are read
-- {rows} the products left, with these columns
select s.n, {columns}
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
