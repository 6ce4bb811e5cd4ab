-- Sessions under an id that is not theirs alone: session_id, visitor_id, n_visitors,
-- is_other (a visitor under another's id), else a session longer than the longest gap.
--
-- An id belongs to whoever used it first. Two visitors on one device, one after the
-- other, are one person who logged in. Two that share a page are one person under two
-- names, given by two servers.
-- {idle_us}        the longest gap under one id, µs
-- {tolerance_us}   out of order by no more than this is in order, µs
-- {many_visitors}  so many under one id: it is a placeholder
-- {browsing_types} event types that happen during a visit, as an SQL list
with
    shared_ids as (select session_id from doubtful where is_shared),
    by_first_use as (
        select
            *,
            row_number() over w as nth,
            first_value(device) over w as holder_device,
            first_value(n_pages) over w as holder_pages,
            count(*) over (partition by session_id) as n_visitors,
            max(last_us) over (
                w rows between unbounded preceding and 1 preceding
            ) as earlier_until_us
        from spans
        semi join shared_ids using (session_id)
        window w as (partition by session_id order by first_us, visitor_id)
    ),
    pages as (
        select distinct session_id, visitor_id, query_id
        from candidates
        semi join shared_ids using (session_id)
        where query_id is not null and event_type in {browsing_types}
    ),
    same_page as (
        select distinct a.session_id, a.visitor_id
        from pages as a
        join pages as b on a.session_id = b.session_id and a.query_id = b.query_id
        where a.visitor_id <> b.visitor_id
    ),
    other_visitors as (
        select session_id, visitor_id, n_visitors
        from by_first_use
        anti join same_page using (session_id, visitor_id)
        where
            nth > 1
            and (
                n_visitors >= {many_visitors}
                or first_us > earlier_until_us + {idle_us}
                or device <> holder_device
                or (
                    first_us < earlier_until_us - {tolerance_us}
                    and n_pages > 0
                    and holder_pages > 0
                )
            )
    ),
    long_sessions as (
        select session_id, visitor_id from spans where last_us - first_us > {idle_us}
    )
select session_id, visitor_id, n_visitors, n_visitors is not null as is_other
from other_visitors
full join long_sessions using (session_id, visitor_id)
