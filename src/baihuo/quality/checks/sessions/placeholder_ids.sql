-- Findings: rows that keep an id of many visitors: whose it was first cannot be told.
--
-- {many_visitors} so many under one id: it is a placeholder
select
    c.import_id,
    c.line,
    'merged_session' as rule,
    'note' as action,
    'session_id' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'session_id', old := c.session_id, visitors := n_visitors
            )
        ) as varchar
    ) as detail
from candidates as c
join
    (
        select session_id, count(*) as n_visitors
        from spans
        group by session_id
        having count(*) >= {many_visitors}
    ) using (session_id)
anti join merged using (import_id, line)
