-- TODO: what its rows are
-- {none}
with
    clicks as (
        select import_id, line, query_id, position, product_id
        from said
        where event_type = 'click' and position is not null and product_id is not null
    ),
    apart as (
        select query_id, position, min(product_id) as one, max(product_id) as two
        from clicks
        group by query_id, position
        having min(product_id) <> max(product_id)
    )
select
    import_id,
    line,
    'contradictory_click' as rule,
    'note' as action,
    {none} as field,
    {none} as new,
    cast(
        to_json(
            struct_pack(
                query_id := query_id,
                position := position,
                other := case when one = product_id then two else one end
            )
        ) as varchar
    ) as detail
from clicks
join apart using (query_id, position)
anti join shown using (query_id, product_id)
