-- Impressions at a position that another product of the page has (is_shared), and of
-- products at two positions of it (is_twice), where few pages of the surface are laid
-- out like that.
-- {rows}         the events left
-- {layout_share} of a surface's pages: more are its layout, 0 to 1
-- {min_pages}    pages of a surface before it can have a layout
with
    impressions as (
        select distinct
            on (query_id, product_id, r.position) import_id,
            line,
            query_id,
            product_id,
            r.position
        from {rows} as r
        semi join (select query_id from pages where is_repeated) using (query_id)
        where
            event_type = 'impression'
            and r.position is not null
            and product_id is not null
        order by query_id, product_id, r.position, import_id, line
    ),
    marked as (
        select
            *,
            count(*) over here > 1 as is_shared,
            count(*) over same > 1 as is_twice,
            min(product_id) over here as first_product,
            max(product_id) over here as last_product,
            min(position) over same as first_position,
            max(position) over same as last_position
        from impressions
        window
            here as (partition by query_id, position),
            same as (partition by query_id, product_id)
    ),
    layouts as (
        select surface
        from pages
        left join
            (
                select query_id, true as is_odd_here
                from marked
                where is_shared or is_twice
                group by query_id
            ) using (query_id)
        group by surface
        having
            count(is_odd_here) > {layout_share} * count(*) and count(*) >= {min_pages}
    )
select
    import_id,
    line,
    is_shared,
    is_twice,
    struct_pack(
        query_id := query_id,
        position := position,
        other
        := case when product_id = first_product then last_product else first_product end
    ) as other_product,
    struct_pack(
        query_id := query_id,
        position := position,
        other := case
            when position = first_position then last_position else first_position
        end
    ) as other_position
from marked
join pages using (query_id)
where
    surface is null
    or surface not in (select surface from layouts where surface is not null)
