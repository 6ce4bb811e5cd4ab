-- Rows of pages with a doubt; where a surface is laid out like that (shelves that
-- each count from 1),
-- one row for the whole surface.
-- {layout_share}
-- {min_pages}
with
    shown as (
        select distinct
            on (query_id, product_id, r.position) import_id,
            line,
            query_id,
            product_id,
            r.surface,
            r.position
        from looked as r
        semi join odd using (query_id)
        where r.position is not null
        order by query_id, product_id, r.position, import_id, line
    ),
    marked as (
        select
            *,
            count(*) over (partition by query_id, position) - 1 as n_here,
            count(*) over (partition by query_id, product_id) - 1 as n_elsewhere,
            min(product_id) over (partition by query_id, position) as one,
            max(product_id) over (partition by query_id, position) as two,
            min(position) over (partition by query_id, product_id) as low,
            max(position) over (partition by query_id, product_id) as high
        from shown
    ),
    layouts as (
        select
            marked.surface,
            any_value(n_pages) as n_pages,
            any_value(first) as first,
            count(distinct query_id) as n_odd,
            count(distinct query_id) > {layout_share} * any_value(n_pages)
            and any_value(n_pages) >= {min_pages} as is_layout
        from marked
        join surfaces on marked.surface is not distinct from surfaces.surface
        where n_here > 0 or n_elsewhere > 0
        group by marked.surface
    ),
    single as (
        select m.*
        from marked as m
        join layouts as y on m.surface is not distinct from y.surface
        where not is_layout
    )
select
    import_id,
    line,
    'shared_position' as rule,
    to_json(
        struct_pack(
            query_id := query_id,
            position := position,
            other := case when one = product_id then two else one end
        )
    ) as detail
from single
where n_here > 0
union all
select
    import_id,
    line,
    'product_twice',
    to_json(
        struct_pack(
            query_id := query_id,
            position := position,
            other := case when low = position then high else low end
        )
    )
from single
where n_elsewhere > 0
union all
select
    first.import_id,
    first.line,
    'shared_position',
    to_json(struct_pack(surface := surface, odd_pages := n_odd, pages := n_pages))
from layouts
where is_layout
