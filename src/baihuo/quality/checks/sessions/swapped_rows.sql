-- Findings: rows whose visitor and session stand in each other's column, put right
-- where other rows of the visit have them so, else noted.
-- {rows} events: visitor_id, session_id
with
    found as (
        select r.import_id, r.line, r.session_id, r.visitor_id, s.is_sure
        from {rows} as r
        join swapped as s on s.session_id = r.session_id and s.visitor_id = r.visitor_id
    )
select
    import_id,
    line,
    'swapped_ids' as rule,
    case when is_sure then 'repair' else 'note' end as action,
    case when is_sure then c.field end as field,
    case when is_sure then c.new end as new,
    cast(
        to_json(struct_pack(field := c.field, old := c.old, new := c.new)) as varchar
    ) as detail
from
    (
        select
            *,
            unnest(
                [
                    struct_pack(
                        field := 'visitor_id', old := visitor_id, new := session_id
                    ),
                    struct_pack(
                        field := 'session_id', old := session_id, new := visitor_id
                    )
                ]
            ) as c
        from found
    )
where is_sure or c.field = 'visitor_id'
