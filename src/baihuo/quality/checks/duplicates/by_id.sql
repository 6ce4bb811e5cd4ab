-- TODO: what its rows are
-- {everything}
-- {first}
-- {first_2}
-- {is_other}
-- {twice}
with twice as ({twice})
select
    import_id,
    line,
    case when {is_other} then 'reused_id' else 'same_id' end as rule,
    case when {is_other} then 'quarantine' else 'merge' end as action,
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
        select *, {first}
        from ({everything})
        where hash(event_id) in (select h from twice)
        window
            same as (
                partition by event_id
                order by place, {first_2}
                rows between unbounded preceding and current row
            )
    )
where place = 1 and (import_id <> first_import_id or line <> first_line)
