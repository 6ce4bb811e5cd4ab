-- Products that have one attribute under two spellings, with different
-- values. Numbers that differ by the factor between two systems of measures say one
-- thing (5.31 inches are 135 mm), and so may several numbers (18 x 14 x 12).
--
-- {factors}   between metric and imperial units
-- {tolerance} relative, up to which converted numbers are the same: both are rounded
with
    compared as (
        select
            *,
            try_cast(value as double) as number,
            coalesce(cast(number as varchar), lower(trim(value))) as folded,
            regexp_matches(value, '[0-9] *[x×*] *[0-9]') as is_extent
        from attribute_values
    ),
    said_twice as (
        select
            import_id,
            line,
            list(
                struct_pack(name := name, value := left(value, 100)) order by name
            ) as spellings,
            max(number) / nullif(min(number), 0) as ratio
        from compared
        group by import_id, line, key
        having count(distinct folded) > 1 and not bool_or(is_extent)
    )
select import_id, line, struct_pack(field := 'attributes', said := spellings) as detail
from said_twice
where
    not coalesce(
        list_bool_or(
            list_transform([{factors}], lambda f:abs(ratio / f - 1) <= {tolerance})
        ),
        false
    )
