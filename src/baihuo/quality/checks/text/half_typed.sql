-- Searches that were sent while the visitor still typed: the visitor's next
-- search begins with this one, and came within moments.
--
-- {rows}   events: event_type, visitor_id, query_text, occurred_at_us
-- {gap_us} a hand needs longer to read results, µs
with
    searches as (
        select
            import_id,
            line,
            query_text,
            lead(query_text) over following as next_text,
            lead(occurred_at_us) over following - occurred_at_us as gap_us
        from {rows}
        where event_type = 'search' and query_text is not null
        window
            following as (
                partition by visitor_id order by occurred_at_us, import_id, line
            )
    )
select
    import_id,
    line,
    struct_pack(
        field := 'query_text',
        old := left(query_text, 200),
        typed_on := left(next_text, 200),
        after_ms := divide(gap_us, 1000)
    ) as detail
from searches
where
    gap_us <= {gap_us}
    and strlen(next_text) > strlen(query_text)
    and starts_with(next_text, query_text)
