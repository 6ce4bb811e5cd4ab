-- Findings: one number filled down a sheet: many neighbouring lines, of products that
-- have nothing in common, have it, and hardly any other line does. Not in a file that
-- is grouped by the number.
--
-- {rows}      products: brand, category and the number
-- {number}    the column
-- {rule}      the check
-- {min_rows}  lines in a row with one number
-- {max_share} of a file's lines that may be of such runs
with
    numbered as materialized(
        select
            import_id,
            line,
            coalesce(brand, '') || '|' || coalesce(category, '') as kind,
            {number} as number,
            line
            - row_number() over (partition by import_id, {number} order by line) as run
        from {rows}
        where {number} > 0
    ),
    runs as (
        select
            import_id,
            number,
            run,
            min(line) as first_line,
            max(line) as last_line,
            count(*) as n
        from numbered
        group by import_id, number, run
        having count(*) >= {min_rows} and count(distinct kind) >= 0.5 * count(*)
    ),
    counts as (
        select import_id, number, count(*) as n_of_number
        from numbered
        semi join runs using (import_id, number)
        group by import_id, number
    ),
    files as (select import_id, count(*) as n_lines from numbered group by import_id),
    odd as (
        select *
        from runs
        join counts using (import_id, number)
        join files using (import_id)
        where n_of_number <= 1.2 * n
        qualify sum(n) over (partition by import_id) <= {max_share} * n_lines
    )
select
    n.import_id,
    n.line,
    '{rule}' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{number}',
                old := cast(n.number as varchar),
                n_lines := o.n,
                why := 'one number over neighbouring lines, as filled down a sheet'
            )
        ) as varchar
    ) as detail
from numbered as n
join odd as o using (import_id, number, run)
