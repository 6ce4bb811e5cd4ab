-- Off by one shift in all outcomes of a page (two products or more), by what pages
-- from 0 are, or by a
-- habit of the client; or at 0, which is no place: the page tells which was meant.
-- Else a note.
-- {is_from_zero}
-- {min_pages}
-- {min_share}
with
    off as (select *, told - shown as shift from outcomes where told <> shown),
    marked as (
        select
            *,
            min(shift) over page = max(shift) over page as is_even,
            min(product_id) over page <> max(product_id) over page as has_two,
            count(*) filter (told > 0) over page as n_off,
            count(*) over (partition by surface, platform, shift) as n_same
        from off
        window page as (partition by query_id)
    ),
    judged as (
        select
            m.*,
            (is_even and has_two and n_off = n_told)
            or told = 0
            or (shift = -1 and {is_from_zero})
            or (n_same >= {min_share} * n and n_same >= {min_pages}) as is_sure
        from marked as m
        join told_by_page using (query_id)
        join
            clients as c
            on m.surface is not distinct from c.surface
            and m.platform is not distinct from c.platform
    )
select
    import_id,
    line,
    case when is_sure then 'shifted_position' else 'wrong_position' end as rule,
    case when is_sure then 'repair' else 'note' end as action,
    case when is_sure then 'position' end as field,
    case when is_sure then cast(shown as varchar) end as new,
    cast(
        case
            when is_sure
            then to_json(struct_pack(field := 'position', old := told, new := shown))
            else to_json(struct_pack(told := told, shown := shown))
        end as varchar
    ) as detail
from judged
