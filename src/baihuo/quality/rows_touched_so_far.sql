-- One row for each row that a step touched so far: import_id, line, is_gone,
-- is_quarantined, is_erased, and the new text of each repaired cell, of the last step
-- that repaired it.
-- {new}     columns new_FIELD of the round's repairs, as SQL behind a comma
-- {earlier} the same rows before the round, behind UNION ALL BY NAME; empty at first
-- {last}    columns new_FIELD of all repairs so far, as SQL behind a comma
select
    import_id,
    line,
    bool_or(is_gone) as is_gone,
    bool_or(is_quarantined) as is_quarantined,
    bool_or(is_erased) as is_erased{last}
from
    (
        select
            import_id,
            line,
            step_no,
            action in ('quarantine', 'merge', 'erase') as is_gone,
            action = 'quarantine' as is_quarantined,
            action = 'erase' as is_erased{new}
        from part
        where action <> 'note'{earlier}
    )
group by import_id, line
