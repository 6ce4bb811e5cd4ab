-- TODO: what its rows are
-- {each_code}
-- {is_bad}
with
    judged as (
        select *, {is_bad} as is_bad, list_position(codes, code) as nth from {each_code}
    ),
    sorted as (
        select
            import_id,
            line,
            any_value(codes) as codes,
            list(code order by nth) filter (is_bad) as wrong,
            coalesce(list(code order by nth) filter (not is_bad), []) as good
        from judged
        group by import_id, line
        having bool_or(is_bad)
    )
select
    import_id,
    line,
    'bad_code' as rule,
    'repair' as action,
    'codes' as field,
    cast(good as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'codes',
                old := cast(codes as varchar),
                new := cast(good as varchar),
                wrong := wrong
            )
        ) as varchar
    ) as detail
from sorted
