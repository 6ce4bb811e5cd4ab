-- Surfaces with their number of pages and their first impression.
select
    surface,
    count(*) as n_pages,
    min(first_row) as row_key,
    struct_pack(
        import_id
        := cast(divide(row_key, cast(9223372036854775808 as hugeint)) as integer),
        line := cast(row_key % cast(9223372036854775808 as hugeint) as bigint)
    ) as first_row
from page_profiles
group by surface
