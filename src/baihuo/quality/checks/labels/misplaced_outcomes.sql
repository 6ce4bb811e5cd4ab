-- Outcomes at another position than their impression. is_sure: all outcomes of the
-- page, of two products or more, have one shift, or its impressions count from 0, too.
with
    placed as (
        select
            *,
            position - shown_at as shift,
            min(shift) over page = max(shift) over page
            and count(shift) over page = count(position) over page
            and min(product_id) over page <> max(product_id) over page as is_same_shift
        from outcomes
        window page as (partition by query_id)
    )
select
    import_id,
    line,
    shown_at,
    is_same_shift
    or (shift = -1 and query_id in (select query_id from zero_based_pages)) as is_sure,
    struct_pack(field := 'position', old := position, new := shown_at) as repaired,
    struct_pack(told := position, shown := shown_at) as doubted
from placed
where shift <> 0 and (position > 0 or is_sure)
