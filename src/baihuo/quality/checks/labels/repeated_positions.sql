-- Findings: impressions at a position that another product has, products at
-- two positions of a page, and pages of which three or more came once more within a
-- minute, in a log that says once what a page shows. Where a surface is laid out like
-- that (sections that each count from 1), there is one finding for the whole surface.
--
-- {layout_share} of a surface's pages with repeated positions: more are its
-- layout, 0 to 1
-- {again_share} of a surface's pages that came again: more are how the shop sends
-- them, 0 to 1
-- {min_pages} pages of a surface before it can have a layout
with
    positions as (
        select distinct
            on (query_id, product_id, r.position) import_id,
            line,
            query_id,
            product_id,
            r.surface,
            r.position
        from page_impressions as r
        semi join suspect_pages using (query_id)
        where r.position is not null
        order by query_id, product_id, r.position, import_id, line
    ),
    marked as (
        select
            *,
            count(*) over (partition by query_id, position) - 1 as n_others_here,
            count(*) over (partition by query_id, product_id) - 1 as n_other_positions,
            min(product_id) over (partition by query_id, position) as first_product,
            max(product_id) over (partition by query_id, position) as last_product,
            min(position) over (partition by query_id, product_id) as min_position,
            max(position) over (partition by query_id, product_id) as max_position
        from positions
    ),
    shown_again as (
        select
            import_id,
            line,
            query_id,
            surface,
            again_us,
            count(*) filter (again_us <= 60000000) over (
                partition by query_id, surface
            ) as n_again
        from
            (
                select
                    r.*,
                    occurred_at_us - lag(occurred_at_us) over (
                        partition by query_id, surface, product_id, r.position
                        order by occurred_at_us, import_id, line
                    ) as again_us
                from page_impressions as r
                semi join suspect_pages using (query_id)
                where r.position is not null
            )
    ),
    -- where more pages come again, the shop sends them so
    sent_again as (
        select s.*
        from shown_again as s
        join
            (
                select a.surface
                from shown_again as a
                join surfaces on a.surface is not distinct from surfaces.surface
                where n_again >= 3
                group by a.surface
                having count(distinct query_id) <= {again_share} * any_value(n_pages)
            ) as rare
            on s.surface is not distinct from rare.surface
        where again_us <= 60000000 and n_again >= 3
    ),
    layouts as (
        select
            marked.surface,
            any_value(n_pages) as n_pages,
            any_value(first_row) as first_row,
            count(distinct query_id) as n_suspect,
            count(distinct query_id) > {layout_share} * any_value(n_pages)
            and any_value(n_pages) >= {min_pages} as is_layout
        from marked
        join surfaces on marked.surface is not distinct from surfaces.surface
        where n_others_here > 0 or n_other_positions > 0
        group by marked.surface
    ),
    single as (
        select m.*
        from marked as m
        join layouts as y on m.surface is not distinct from y.surface
        where not is_layout
    ),
    doubts as (
        select
            import_id,
            line,
            'shared_position' as rule,
            to_json(
                struct_pack(
                    query_id := query_id,
                    position := position,
                    other := case
                        when first_product = product_id
                        then last_product
                        else first_product
                    end
                )
            ) as detail
        from single
        where n_others_here > 0
        union all
        select
            import_id,
            line,
            'product_twice',
            to_json(
                struct_pack(
                    query_id := query_id,
                    position := position,
                    other := case
                        when min_position = position then max_position else min_position
                    end
                )
            )
        from single
        where n_other_positions > 0
        union all
        select
            first_row.import_id,
            first_row.line,
            'shared_position',
            to_json(
                struct_pack(
                    surface := surface, odd_pages := n_suspect, pages := n_pages
                )
            )
        from layouts
        where is_layout
        union all
        select
            import_id,
            line,
            'row_against_page',
            to_json(
                struct_pack(
                    query_id := query_id,
                    again_after_seconds := round(again_us / 1e6, 1)
                )
            )
        from sent_again
    )
select
    import_id,
    line,
    rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(detail as varchar) as detail
from doubts
