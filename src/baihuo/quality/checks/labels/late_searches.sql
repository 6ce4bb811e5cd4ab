-- Findings: searches that came well after the first of their own results, by both
-- clocks, where nearly all come before. A page that asks again (its second page, a
-- filter) has an earlier search of the same id, and only the first one counts.
--
-- {rows} the events left: event_type, query_id, occurred_at_us, received_at_us
-- {late_us} clients send events out of order by less; µs
-- {apart_us} later ones are another matter: see rows_against_pages; µs
with
    searches as (
        select
            query_id,
            arg_min(import_id, occurred_at_us) as import_id,
            arg_min(line, occurred_at_us) as line,
            min(occurred_at_us) as occurred_at_us,
            min(received_at_us) as received_at_us
        from {rows}
        where event_type = 'search' and query_id is not null
        group by query_id
    ),
    pages as (
        select
            query_id,
            min(first_us) as first_us,
            min(first_received_us) as first_received_us
        from page_profiles
        group by query_id
    ),
    compared as (
        select
            *,
            occurred_at_us - first_us between {late_us} and {apart_us}
            and received_at_us - first_received_us >= {late_us} as is_late
        from searches
        join pages using (query_id)
    ),
    late as (select * from compared where is_late)
select
    import_id,
    line,
    'row_against_page' as rule,
    'note' as action,
    'occurred_at_us' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'occurred_at_us',
                old := cast(occurred_at_us as varchar),
                after_its_results_s := round((occurred_at_us - first_us) / 1e6, 1),
                query_id := query_id
            )
        ) as varchar
    ) as detail
from late
where (select count(*) from late) <= 0.05 * (select count(*) from compared)
