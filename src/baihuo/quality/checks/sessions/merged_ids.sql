-- Sessions under an id that is not theirs alone: session_id, visitor_id, n_visitors,
-- is_other (a visitor under another's id), else a session longer than the longest gap;
-- home_id (the one visit that the visitor was in the middle of, on the same device).
--
-- An id belongs to whoever used it first. Two visitors on one device, one after the
-- other, are one person who logged in. Two that share a page are one person under two
-- names, given by two servers. A few rows of somebody who was in the middle of another
-- visit went astray: whenever they came, they do not make the id theirs.
-- {idle_us}        the longest gap under one id, µs
-- {tolerance_us}   out of order by no more than this is in order, µs
-- {few_rows}       of a visitor under an id, that may have gone astray
-- {many_visitors}  so many under one id: it is a placeholder
-- {browsing_types} event types that happen during a visit, as an SQL list
with
    shared_ids as (select session_id from doubtful where is_shared),
    shared_spans as (
        select *, max(n) over (partition by session_id) as n_most
        from spans
        semi join shared_ids using (session_id)
    ),
    strays as (
        select
            s.session_id,
            s.visitor_id,
            case
                when
                    count(distinct home.session_id) = 1
                    and max(home.session_id) not in (select session_id from doubtful)
                then max(home.session_id)
            end as home_id
        from shared_spans as s
        join spans as home on home.visitor_id = s.visitor_id
        where
            home.session_id <> s.session_id
            and s.n <= {few_rows}
            and s.n < s.n_most
            and s.n < home.n
            and home.first_us <= s.first_row_us + {tolerance_us}
            and home.last_us >= s.last_us - {tolerance_us}
            and coalesce(s.device, '')
            in (coalesce(home.device, ''), coalesce(home.last_device, ''))
        group by s.session_id, s.visitor_id
    ),
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
        from shared_spans
        anti join strays using (session_id, visitor_id)
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
        select session_id, visitor_id, n_visitors, cast(null as varchar) as home_id
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
        union all
        select s.session_id, s.visitor_id, count(*), any_value(home_id)
        from strays as s
        join spans as o on o.session_id = s.session_id
        anti join
            same_page as p
            on p.session_id = s.session_id
            and p.visitor_id = s.visitor_id
        group by s.session_id, s.visitor_id
    ),
    long_sessions as (
        select session_id, visitor_id from spans where last_us - first_us > {idle_us}
    )
select session_id, visitor_id, n_visitors, n_visitors is not null as is_other, home_id
from other_visitors
full join long_sessions using (session_id, visitor_id)
