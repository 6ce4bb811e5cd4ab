-- Sessions whose id is a visitor's, and whose visitor is a session's: session_id,
-- visitor_id, is_sure (rows of the same visit have them the right way round).
--
-- An id is what most of its rows say that it is.
with
    suspects as (
        select session_id, visitor_id
        from spans
        where
            session_id <> visitor_id
            and session_id in (select visitor_id from spans)
            and visitor_id in (select session_id from spans)
    ),
    as_visitors as (
        select visitor_id as id, sum(n) as n
        from spans
        where
            visitor_id in (select session_id from suspects)
            or visitor_id in (select visitor_id from suspects)
        group by visitor_id
    ),
    as_sessions as (
        select session_id as id, sum(n) as n
        from spans
        where
            session_id in (select session_id from suspects)
            or session_id in (select visitor_id from suspects)
        group by session_id
    )
select s.session_id, s.visitor_id, bool_or(coalesce(r.n >= 1, false)) as is_sure
from suspects as s
join as_visitors as visitor on visitor.id = s.session_id
join as_sessions as no_visitor on no_visitor.id = s.session_id
join as_sessions as session on session.id = s.visitor_id
join as_visitors as no_session on no_session.id = s.visitor_id
left join spans as r on r.visitor_id = s.session_id and r.session_id = s.visitor_id
where visitor.n > no_visitor.n and session.n > no_session.n
group by s.session_id, s.visitor_id
