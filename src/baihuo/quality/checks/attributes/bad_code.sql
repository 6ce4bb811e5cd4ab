-- Repairs of the list of codes, without the wrong ones.
--
-- {each_code} one row per code of a product
-- {is_bad} whether a code has the form of a bar code and is wrong
with
    checked as (
        select *, {is_bad} as is_bad, list_position(codes, code) as code_no
        from {each_code}
    ),
    by_product as (
        select
            import_id,
            line,
            any_value(codes) as codes,
            list(code order by code_no) filter (is_bad) as wrong,
            coalesce(list(code order by code_no) filter (not is_bad), []) as good
        from checked
        group by import_id, line
        having bool_or(is_bad)
    )
select
    import_id,
    line,
    cast(good as varchar) as new,
    struct_pack(
        field := 'codes',
        old := cast(codes as varchar),
        new := cast(good as varchar),
        wrong := wrong
    ) as detail
from by_product
