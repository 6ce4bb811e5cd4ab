-- How often each check did what, in the order of the steps, with the first rows of
-- each.
-- {n_examples} how many rows to show
select
    min(step_no) as step_no,
    step,
    rule,
    action,
    count(*) as n,
    list(
        struct_pack(row_id := import_id || ':' || line, detail := detail)
        order by import_id, line, detail
    ) filter (nth <= {n_examples}) as examples
from
    (
        select
            *,
            row_number() over (
                partition by rule, action order by import_id, line, detail
            ) as nth
        from parts
    )
group by step, rule, action
order by step_no, rule, action
