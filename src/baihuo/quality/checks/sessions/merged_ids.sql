-- Suspects: a visitor under another's id (``is_other``), or a session longer than the
-- longest gap.
--
-- An id belongs to whoever used it first. Two visitors on one device, one after the
-- other, are one
-- person who logged in; two that share a page are one person under two names, told by
-- two servers.
-- {browsing}
-- {idle_us}
-- {late_us}
-- {many}
with
    several as (select session_id from doubtful where is_shared),
    ordered as (
        select
            *,
            row_number() over w as nth,
            first_value(device) over w as holder_device,
            first_value(n_pages) over w as holder_pages,
            count(*) over (partition by session_id) as n_visitors,
            max(last_us) over (
                w rows between unbounded preceding and 1 preceding
            ) as before_us
        from spans
        semi join several using (session_id)
        window w as (partition by session_id order by first_us, visitor_id)
    ),
    pages as (
        select distinct session_id, visitor_id, query_id
        from suspects
        semi join several using (session_id)
        where query_id is not null and event_type in {browsing}
    ),
    shared as (
        select distinct a.session_id, a.visitor_id
        from pages as a
        join pages as b on a.session_id = b.session_id and a.query_id = b.query_id
        where a.visitor_id <> b.visitor_id
    ),
    others as (
        select session_id, visitor_id, n_visitors
        from ordered
        anti join shared using (session_id, visitor_id)
        where
            nth > 1
            and (
                n_visitors >= {many}
                or first_us > before_us + {idle_us}
                or device <> holder_device
                or (
                    first_us < before_us - {late_us}
                    and n_pages > 0
                    and holder_pages > 0
                )
            )
    ),
    long as (
        select session_id, visitor_id from spans where last_us - first_us > {idle_us}
    )
select session_id, visitor_id, n_visitors, n_visitors is not null as is_other
from others
full join long using (session_id, visitor_id)
