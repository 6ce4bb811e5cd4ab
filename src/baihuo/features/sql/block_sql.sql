-- TODO: what its rows are
-- {c}
-- {j}
-- {kinds_sql}
-- {value}
-- {value_2}
-- {value_sql}
left join
    (
        select o.context, o.code, max({value_sql}) as v
        from all_keys as o
        join ev on {value} = o.context and {value_2} = o.code and ev.t = o.c{c}
        where {kinds_sql}
        group by 1, 2
    ) as v{j}
    on v{j}.context = a.context
    and v{j}.code = a.code
