-- Clicks on two products at one position of a page, where no impression shows
-- the product.
select
    import_id,
    line,
    struct_pack(
        query_id := query_id,
        position := position,
        other := case when product_id = first then last else first end
    ) as detail
from
    (
        select *, min(product_id) over here as first, max(product_id) over here as last
        from outcomes
        where event_type = 'click' and position is not null
        window here as (partition by query_id, position)
    )
where first <> last and impression_us is null
