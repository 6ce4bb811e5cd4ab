-- Findings: numbers that were dragged down a sheet: over neighbouring lines, of
-- products
-- that have nothing in common, each is one step more (or less) than the one before. Not
-- in a file that is sorted by the number, and not where steps are so few that chance
-- makes such a run. The first line is the one that was dragged: its number is right.
--
-- {rows}     products: brand, category and the number
-- {number}   the column
-- {rule}     the check
-- {min_rows} lines in a row with one step
with
    numbered as (
        select
            import_id,
            line,
            brand,
            category,
            {number} as number,
            {number} - lag({number}) over file as step,
            line - lag(line) over file as gap
        from {rows}
        window file as (partition by import_id order by line)
    ),
    compared as (
        select
            *,
            step is not distinct from lag(step) over file
            and coalesce(step, 0) <> 0
            and gap = 1 as is_same
        from numbered
        window file as (partition by import_id order by line)
    ),
    files as (
        select
            import_id,
            count(step) as n_steps,
            greatest(avg((step >= 0)::int), avg((step <= 0)::int)) >= 0.9 as is_sorted
        from numbered
        group by import_id
    ),
    steps as (
        select import_id, step, count(*) as n_of_step
        from numbered
        where step is not null
        group by import_id, step
    ),
    changes as (
        select
            *,
            sum(case when is_same then 0 else 1 end) over (
                partition by import_id order by line rows unbounded preceding
            ) as run
        from compared
    ),
    runs as (
        select
            import_id,
            run,
            min(line) - 1 as first_line,
            max(line) as last_line,
            any_value(step) as step
        from changes
        group by import_id, run
        having
            count(*) >= {min_rows}
            and count(distinct coalesce(brand, '') || '|' || coalesce(category, ''))
            >= 3
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
                old := cast(number as varchar),
                step := r.step,
                why := 'one step from line to line, as dragged down a sheet'
            )
        ) as varchar
    ) as detail
from numbered as n
join
    runs as r
    on r.import_id = n.import_id
    and n.line > r.first_line
    and n.line <= r.last_line
join files as f on f.import_id = r.import_id and not is_sorted
join
    steps as s
    on s.import_id = r.import_id
    and s.step = r.step
    and n_steps * pow(n_of_step / n_steps, r.last_line - r.first_line) <= 0.01
