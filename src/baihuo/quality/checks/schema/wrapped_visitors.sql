-- Rows whose visitor's id holds the id of another row of the session, with
-- quotes, brackets or letters around it: "v17", {"id":"v17"}, uid=v17. Repaired where
-- that is exactly one id.
--
-- What stands around an id has no digit, and an id has one, so neither v17-2 nor
-- guest-x8a holds another.
-- {rows} events: visitor_id, session_id
with
    ids as materialized(
        select distinct session_id, visitor_id
        from {rows}
        where
            session_id in (
                select session_id
                from {rows}
                where session_id is not null
                group by session_id
                having min(visitor_id) <> max(visitor_id)
            )
    ),
    pairs as (
        select
            session_id,
            odd.visitor_id as odd,
            plain.visitor_id as plain,
            replace(url_decode(odd.visitor_id), plain.visitor_id, chr(1)) as around
        from ids as odd
        join ids as plain using (session_id)
        where
            length(plain.visitor_id) < length(odd.visitor_id)
            and contains(odd.visitor_id, plain.visitor_id)
            and regexp_full_match(plain.visitor_id, '[\w.-]*[0-9][\w.-]*')
    ),
    wrapped as (
        select session_id, odd, any_value(plain) as new
        from pairs
        where not regexp_matches(around, '[0-9]|[\pL]\x01|\x01[\pL]')
        group by session_id, odd
        having count(*) = 1
    )
select
    import_id,
    line,
    new,
    struct_pack(
        field := 'visitor_id', old := left(visitor_id, 200), new := new
    ) as detail
from {rows} as r
join wrapped on wrapped.session_id = r.session_id and wrapped.odd = r.visitor_id
