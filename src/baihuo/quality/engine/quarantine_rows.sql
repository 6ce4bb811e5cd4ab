-- The quarantined rows as they came, each with the first check that took it and why.
-- {raw_columns} the table's columns, as raw.name
-- {counted}     SQL for those of "quarantined" that are counted here
with
    quarantined as (
        select import_id, line, step, rule, detail
        from parts
        where action = 'quarantine'
        qualify
            row_number() over (
                partition by import_id, line order by step_no, rule, detail
            )
            = 1
    )
select {raw_columns}, step, rule as "check", detail
from raw
join (select * from {counted}) as counted using (import_id, line)
order by import_id, line
