-- How many rows of a round were erased, quarantined, merged, repaired or only noted:
-- each once, by the gravest action.
-- {counted} SQL for the rows of the round that are counted here: import_id, line
with
    rows_touched as (
        select
            import_id,
            line,
            max(
                list_position(
                    ['note', 'repair', 'merge', 'quarantine', 'erase'], action
                )
            ) as gravity,
            list(distinct field) filter (action = 'repair') as fields
        from part
        group by import_id, line
    )
select
    ['note', 'repair', 'merge', 'quarantine', 'erase'][gravity] as action,
    count(counted.line) as n,
    list_distinct(flatten(list(fields))) as fields
from rows_touched
left join (select import_id, line from {counted}) as counted using (import_id, line)
group by gravity
