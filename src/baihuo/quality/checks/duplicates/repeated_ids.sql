-- Events with an id that an earlier row has: import_id, line, event_id, kept (the first
-- row with it), is_other (another event than that).
--
-- {candidates}     a SELECT of the events with range_no: 0 in an earlier range of
-- days, 1
-- in this
-- {repeated}       a SELECT of id_hash, hashes of ids that several rows have
-- {fact}           columns that make two rows one event
-- {received_order} columns that order rows by when we received them
select
    import_id,
    line,
    event_id,
    first_row.import_id || ':' || first_row.line as kept,
    first_row.fact is distinct from fact as is_other
from
    (
        select *, first_value(own) over same_id as first_row
        from
            (
                select
                    *,
                    row({fact}) as fact,
                    struct_pack(
                        import_id := import_id, line := line, fact := fact
                    ) as own
                from ({candidates})
                where hash(event_id) in (select id_hash from ({repeated}))
            )
        window same_id as (partition by event_id order by range_no, {received_order})
    )
where range_no = 1 and (import_id, line) <> (first_row.import_id, first_row.line)
