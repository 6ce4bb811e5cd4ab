-- Findings: events with an id that an earlier row has. The same event is merged,
-- another event goes to quarantine.
--
-- {candidates} a SELECT of the events with range_no: 0 in an earlier range of
-- days, 1 in this
-- {repeated} a SELECT of id_hash, hashes of ids that several rows have
-- {first_values} window columns first_…, values of the first row with the id
-- {is_other_event} whether the row is another event than the first with its id
-- {received_order} columns that order rows by when we received them
with repeated as ({repeated})
select
    import_id,
    line,
    case when {is_other_event} then 'reused_id' else 'same_id' end as rule,
    case when {is_other_event} then 'quarantine' else 'merge' end as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                event_id := event_id, kept := first_import_id || ':' || first_line
            )
        ) as varchar
    ) as detail
from
    (
        select *, {first_values}
        from ({candidates})
        where hash(event_id) in (select id_hash from repeated)
        window
            same_id as (
                partition by event_id
                order by range_no, {received_order}
                rows between unbounded preceding and current row
            )
    )
where range_no = 1 and (import_id <> first_import_id or line <> first_line)
