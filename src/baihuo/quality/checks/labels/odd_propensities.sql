-- Findings: outcomes with another propensity than the product had when it was shown, in
-- a log where nearly all outcomes have the same. Where another outcome of the product
-- on its page agrees with it, the impression may be wrong.
--
-- {max_share} of outcomes of a type: more, and it is another number there
with
    compared as (
        select
            o.import_id,
            o.line,
            event_type,
            query_id,
            propensity,
            min_propensity as shown,
            abs(propensity - min_propensity) > 0.01 * min_propensity as is_other,
            count(*) over (
                partition by query_id, product_id, round(propensity, 4)
            ) as n_equal
        from page_outcomes as o
        join outcome_impressions as i using (query_id, product_id)
        where propensity is not null and min_propensity = max_propensity
    ),
    shares as (
        select event_type
        from compared
        group by event_type
        having count(*) filter (is_other) <= {max_share} * count(*)
    )
select
    import_id,
    line,
    'row_against_page' as rule,
    'note' as action,
    'propensity' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'propensity',
                old := cast(propensity as varchar),
                page := cast(shown as varchar),
                query_id := query_id
            )
        ) as varchar
    ) as detail
from compared
semi join shares using (event_type)
where is_other and n_equal = 1
