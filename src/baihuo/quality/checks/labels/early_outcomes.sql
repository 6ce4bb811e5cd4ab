-- Findings: stays, carts and purchases from long before their own page showed the
-- product, in a log where hardly any is: local time of one system, or another page.
-- Clicks have a check of their own.
--
-- {early_us}  before the impression; less is a clock, µs
-- {max_share} of outcomes of a type: more, and pages are logged late
with
    timed as (
        select
            import_id,
            line,
            event_type,
            query_id,
            occurred_at_us,
            impression_us,
            occurred_at_us < impression_us - {early_us}
            and event_type <> 'click' as is_early
        from page_outcomes
        join outcome_impressions using (query_id, product_id)
    ),
    shares as (
        select event_type
        from timed
        group by event_type
        having count(*) filter (is_early) between 1 and {max_share} * count(*)
    )
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
                query_id := query_id,
                hours_before_its_page
                := round((impression_us - occurred_at_us) / 3.6e9, 2)
            )
        ) as varchar
    ) as detail
from timed
semi join shares using (event_type)
where is_early
