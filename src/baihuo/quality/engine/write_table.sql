-- TODO: what its rows are
-- {own}
-- {raw}
with
    taken as (
        select import_id, line, step, rule, detail
        from parts
        where action = 'quarantine'
        qualify
            row_number() over (
                partition by import_id, line order by step_no, rule, detail
            )
            = 1
    )
select {raw}, step, rule as "check", detail
from raw
join (select * from {own}) as own using (import_id, line)
order by import_id, line
