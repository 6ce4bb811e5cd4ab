-- Findings: searches that are another search twice, without a blank: the half is one
-- that several visitors search for, the whole only few of them.
--
-- {rows}         events: event_type, visitor_id, query_text
-- {min_visitors} who search for the half
-- {times}        so many as search for the whole
with
    doubled as materialized(
        select query_text, left(query_text, divide(length(query_text), 2)) as half
        from doubled_texts
    ),
    searched as (
        select query_text, count(distinct visitor_id) as n_visitors
        from {rows}
        where
            query_text in (
                select query_text
                from doubled
                union all
                select half
                from doubled
            )
        group by query_text
    ),
    pasted as (
        select d.query_text, half, h.n_visitors
        from doubled as d
        join searched as w using (query_text)
        join searched as h on h.query_text = d.half
        where h.n_visitors >= {min_visitors} and h.n_visitors >= {times} * w.n_visitors
    )
select
    import_id,
    line,
    'text_of_nobody' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'query_text',
                old := left(query_text, 200),
                new := cast(null as varchar),
                why := 'a search that others sent, twice without a blank',
                n_visitors := n_visitors
            )
        ) as varchar
    ) as detail
from {rows}
join pasted using (query_text)
