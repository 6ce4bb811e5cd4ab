-- Rows of a page that three quarters or more of its other rows contradict, where
-- nearly all pages agree. Who logs in within a visit stays the same visitor.
-- {rows}      the events left
-- {max_share} of all pages, that do not agree in a field: more, and it is of no page
with
    page_rows as (
        select
            r.*,
            min(visitor_id) over (
                partition by query_id, coalesce(session_id, visitor_id)
            ) as visitor_of_session
        from {rows} as r
        semi join (select query_id from pages where is_odd) using (query_id)
        where event_type in ('impression', 'click', 'dwell')
    ),
    cells as (
        select
            import_id,
            line,
            query_id,
            unnest(
                [
                    struct_pack(field := 'platform', value := platform),
                    struct_pack(field := 'device', value := device),
                    struct_pack(field := 'country', value := country),
                    struct_pack(field := 'language', value := language),
                    struct_pack(field := 'surface', value := surface),
                    struct_pack(field := 'query_text', value := query_text),
                    struct_pack(field := 'visitor_id', value := visitor_of_session)
                ],
                recursive := true
            )
        from page_rows
    ),
    counted as (
        select
            query_id,
            field,
            value,
            max_by(value, count(*)) over page as usual,
            max(count(*)) over page >= 0.75 * sum(count(*)) over page as is_agreed
        from cells
        where value is not null
        group by query_id, field, value
        window page as (partition by query_id, field)
    ),
    odd as (
        select *
        from counted
        where
            is_agreed
            and value <> usual
            -- a text that no page has is damaged, and of no other page
            and (
                field <> 'query_text'
                or value in (select query_text from pages where is_odd is not true)
            )
    ),
    rare as (
        select field
        from odd
        group by field
        having count(distinct query_id) <= {max_share} * (select count(*) from pages)
    )
select
    import_id,
    line,
    field,
    struct_pack(
        field := field,
        old := left(value, 200),
        page := left(usual, 200),
        query_id := query_id
    ) as detail
from cells
join odd using (query_id, field, value)
semi join rare using (field)
