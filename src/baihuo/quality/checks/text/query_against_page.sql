-- Findings: searches whose text is not the one that all rows of their page carry.
-- Repaired from the page where the search has no text, or one that nobody typed (so
-- with plus signs for the blanks of the page's text); else noted, since a shop may
-- also write the words that it corrected. Where that is common,
-- it is how the shop writes its log.
--
-- {rows}       events: event_type, query_id, query_text
-- {judged}     texts of searches that nobody typed, behind IN
-- {least_rows} of a page that disagree with its search
-- {most_other} of all searches, a share, that may have another text than their page
-- {most_empty} of all searches, a share, that may have none
with
    searches as materialized(
        select query_id, import_id, line, query_text
        from {rows}
        where event_type = 'search' and query_id is not null
    ),
    other as materialized(
        select s.query_id, r.query_text as page_text
        from {rows} as r
        join searches as s on s.query_id = r.query_id
        where
            r.event_type = 'impression'
            and r.query_text is not null
            and r.query_text is distinct from s.query_text
    ),
    pages as (
        select query_id, any_value(page_text) as new, count(*) as n_rows
        from other
        group by query_id
        having count(distinct page_text) = 1
    ),
    -- a row of the page that agrees with its search is a witness for it
    agreeing as (
        select distinct r.query_id
        from {rows} as r
        join
            (select * from searches semi join pages using (query_id)) as s
            on s.query_id = r.query_id
            and r.query_text = s.query_text
        where r.event_type = 'impression'
    ),
    found as (
        select
            s.*,
            new,
            n_rows,
            query_text is null
            or query_text in ({judged})
            -- the same words, as an address writes them
            or (
                contains(query_text, '+') and replace(query_text, '+', ' ') = new
            ) as is_of_nobody,
            count(*) over (partition by query_id) as n_searches
        from searches as s
        join pages using (query_id)
        anti join agreeing using (query_id)
    ),
    counted as (
        select
            *,
            count(*) filter (query_text is null) over () as n_empty,
            count(*) filter (not is_of_nobody) over () as n_other,
            (select count(*) from searches) as n_all
        from found
        where n_searches = 1
    )
select
    import_id,
    line,
    'query_against_page' as rule,
    case when is_of_nobody then 'repair' else 'note' end as action,
    case when is_of_nobody then 'query_text' end as field,
    case when is_of_nobody then new end as new,
    cast(
        to_json(
            struct_pack(
                field := 'query_text',
                old := left(query_text, 200),
                new := left(new, 200),
                n_rows := n_rows
            )
        ) as varchar
    ) as detail
from counted
where
    case
        when query_text is null
        then n_empty <= {most_empty} * n_all
        when is_of_nobody
        then true
        else n_rows >= {least_rows} and n_other <= {most_other} * n_all
    end
