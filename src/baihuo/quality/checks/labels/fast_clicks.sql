-- Findings: clicks on several results of a page that no hand makes so fast.
with
    fast as (
        select query_id, visitor_id
        from page_outcomes
        where event_type = 'click' and product_id is not null
        group by query_id, visitor_id
        having
            count(*) >= 3
            and count(distinct product_id) >= 3
            and max(occurred_at_us) - min(occurred_at_us) <= 200000 * count(*)
            -- many at one instant are a coarse clock, or a list that was sent at once
            and count(distinct occurred_at_us) >= 3
    )
select
    import_id,
    line,
    'contradictory_click' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                whose := visitor_id,
                query_id := query_id,
                reason := 'several results within moments'
            )
        ) as varchar
    ) as detail
from page_outcomes
semi join fast using (query_id, visitor_id)
where event_type = 'click'
