-- Findings: searches that were sent while the visitor still typed: the visitor's next
-- search begins with this one, and came within moments; or this one is syllables as
-- an input method parts them, of no more characters than the next search has.
--
-- {rows}   events: event_type, visitor_id, query_text, occurred_at_us
-- {gap_us} a hand needs longer to read results, µs
-- {pinyin} RE2 of two syllables or more, behind characters that are words already
-- {syllable} RE2 of one of them
-- {characters} RE2 of Chinese alone
with
    searches as (
        select
            import_id,
            line,
            query_text,
            occurred_at_us,
            lead(query_text) over following as next_text,
            lead(query_text, 2) over following as text_after,
            lead(occurred_at_us) over following - occurred_at_us as gap_us,
            lead(occurred_at_us, 2) over following - occurred_at_us as gap_after_us
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
    'half_typed_search' as rule,
    'note' as action,
    'query_text' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'query_text',
                old := left(query_text, 200),
                typed_on := left(
                    case when next_text = query_text then text_after else next_text end,
                    200
                ),
                after_ms := divide(gap_us, 1000)
            )
        ) as varchar
    ) as detail
from searches
where
    (
        gap_us <= {gap_us}
        and strlen(next_text) > strlen(query_text)
        and starts_with(next_text, query_text)
    )
    -- a blank that was typed is no longer there
    or (
        gap_after_us <= {gap_us}
        and next_text = query_text
        and strlen(text_after) > strlen(query_text)
        and starts_with(text_after, query_text)
    )
    or (
        gap_us <= {gap_us}
        and regexp_matches(query_text, {pinyin})
        and regexp_matches(next_text, {characters})
        and length(next_text)
        >= length(regexp_replace(query_text, {syllable}, '.', 'g'))
    )
