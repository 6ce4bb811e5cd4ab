-- Events of searches, in brackets, each with the typed text, its own or of its page.
-- Tables: events (clean).
(
    select
        e.* exclude (query_text), coalesce(e.query_text, pages.query_text) as query_text
    from events as e
    left join
        (
            select query_id, max(query_text) as query_text
            from events
            where query_id is not null and query_text is not null
            group by query_id
        ) as pages
        on e.query_id = pages.query_id
    where coalesce(e.query_text, pages.query_text) is not null
)
