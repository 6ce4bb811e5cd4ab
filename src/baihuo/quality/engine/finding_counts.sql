-- How often each check did what, in the order of the steps, with the first rows of
-- each, and, where one fault has many rows, the faults with most.
-- {n_examples} how many rows, and faults, to show
-- {n_rows}     how many rows of such a fault to name
-- {whose}      SQL for whose fault a row is, of checks whose faults have many rows;
-- null of
-- the others
with
    numbered as (
        select
            *,
            import_id || ':' || line as row_id,
            {whose} as whose,
            row_number() over (
                partition by step, rule, action order by import_id, line, detail
            ) as nth
        from parts
    ),
    rows_of_faults as (
        select
            *,
            row_number() over (
                partition by step, rule, action, whose order by nth
            ) as nth_of_fault
        from numbered
        where whose is not null
    ),
    faults as (
        select
            step,
            rule,
            action,
            whose,
            count(*) as n,
            arg_min(detail, nth) as detail,
            list(row_id order by nth) filter (nth_of_fault <= {n_rows}) as row_ids,
            row_number() over (
                partition by step, rule, action order by count(*) desc, whose
            ) as place
        from rows_of_faults
        group by step, rule, action, whose
    ),
    faults_by_check as (
        select
            step,
            rule,
            action,
            count(*) as n_faults,
            list(struct_pack(whose, n, detail, row_ids) order by place) filter (
                place <= {n_examples}
            ) as largest
        from faults
        group by step, rule, action
    )
select
    min(step_no) as step_no,
    step,
    n.rule,
    n.action,
    count(*) as n,
    any_value(f.n_faults) as n_faults,
    any_value(f.largest) as largest,
    list(struct_pack(row_id, detail) order by nth) filter (
        nth <= {n_examples}
    ) as examples
from numbered as n
left join faults_by_check as f using (step, rule, action)
group by step, n.rule, n.action
order by step_no, n.rule, n.action
