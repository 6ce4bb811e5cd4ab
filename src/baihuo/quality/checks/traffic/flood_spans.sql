-- An act is in a flood if it is in a dense run of `acts`, and in a dense run of a
-- fifth of that too,
-- so that the quiet acts before and after it are not drawn in. Rounded times need a
-- full minute's worth.
-- {acts}
-- {clients}
-- {rate}
with
    sized as (
        select
            *,
            greatest({acts}, cast(ceil({rate} * step_us / 1e6) as bigint)) as many,
            1e6 / {rate} as per_act_us
        from done
    ),
    numbered as (
        select
            *,
            row_number() over (
                partition by who order by at_us, kind, product_id, query_id
            ) as i
        from sized
    ),
    runs as (
        select
            a.who,
            a.i,
            a.at_us,
            a.step_us,
            a.many,
            z.at_us - a.at_us + a.step_us <= a.many * a.per_act_us as is_dense,
            s.at_us - a.at_us + a.step_us
            <= greatest(divide(a.many, 5) * a.per_act_us, a.step_us) as is_close
        from numbered as a
        left join numbered as z on z.who = a.who and z.i = a.i + a.many - 1
        left join numbered as s on s.who = a.who and s.i = a.i + divide(a.many, 5) - 1
    ),
    marked as (
        select
            who,
            at_us,
            step_us,
            max(case when is_dense then i + many - 1 end) over w >= i as in_dense,
            max(case when is_close then i + divide(many, 5) - 1 end) over w
            >= i as in_close
        from runs
        window w as (partition by who order by i rows unbounded preceding)
    ),
    inside as (select * from marked where in_dense and in_close),
    cut as (
        select
            *,
            sum(
                case
                    when at_us - before_us <= greatest(10000000, step_us) then 0 else 1
                end
            ) over (partition by who order by at_us rows unbounded preceding) as stretch
        from
            (
                select *, lag(at_us) over (partition by who order by at_us) as before_us
                from inside
            )
    ),
    stretches as (
        select
            who,
            min(at_us) as from_us,
            max(at_us) as to_us,
            count(*) as n_acts,
            max(step_us) as step_us
        from cut
        group by who, stretch
    )
select
    who,
    from_us,
    to_us,
    any_value(n_acts) as n_acts,
    round(
        any_value(n_acts)
        / (greatest(to_us - from_us, any_value(s.step_us), 1000000) / 1e6),
        1
    ) as per_second
from stretches as s
join busy using (who)
where busy.at_us between from_us and to_us
group by who, from_us, to_us
having count(distinct client) < {clients}
