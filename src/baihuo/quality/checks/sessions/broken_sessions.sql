-- Findings: rows of sessions that are given the id their visit began with; of a change
-- that may be a new visit, the first row alone, noted.
with
    numbered as (
        select
            import_id,
            line,
            session_id,
            visit_id,
            n_ids,
            because,
            is_sure,
            case
                when is_sure
                then 1
                else
                    row_number() over (
                        partition by session_id, visitor_id
                        order by occurred_at_us, import_id, line
                    )
            end as nth
        from chained_rows as r
        join broken_visits using (session_id, visitor_id)
    )
select
    import_id,
    line,
    case when is_sure then 'broken_session' else 'session_changed' end as rule,
    case when is_sure then 'repair' else 'note' end as action,
    case when is_sure then 'session_id' end as field,
    case when is_sure then visit_id else cast(null as varchar) end as new,
    cast(
        case
            when is_sure
            then
                to_json(
                    struct_pack(
                        field := 'session_id',
                        old := session_id,
                        new := visit_id,
                        because := because,
                        ids := n_ids
                    )
                )
            else to_json(struct_pack(session_id := session_id, before := visit_id))
        end as varchar
    ) as detail
from numbered
where nth = 1
