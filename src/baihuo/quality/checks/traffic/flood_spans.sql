-- Spans of time in which an actor floods: actor, from_us, to_us, n_actions,
-- per_second.
--
-- An action is in a flood if it is in a dense run of as many actions as a flood has,
-- and in a dense run of a fifth of that too, so that the quiet actions before and
-- after it are not included. Rounded times need a full minute's worth.
-- {flood_actions}    so many actions …
-- {flood_per_second} … at this rate make a flood
-- {max_clients}      from so many clients on it is many people under one id
with
    sized as (
        select
            *,
            greatest(
                {flood_actions},
                cast(ceil({flood_per_second} * step_us / 1e6) as bigint)
            ) as n_needed,
            1e6 / {flood_per_second} as us_per_action
        from actions
    ),
    numbered as (
        select
            *,
            row_number() over (
                partition by actor order by at_us, action, product_id, query_id
            ) as nth
        from sized
    ),
    runs as (
        select
            first.actor,
            first.nth,
            first.at_us,
            first.step_us,
            first.n_needed,
            last.at_us - first.at_us + first.step_us
            <= first.n_needed * first.us_per_action as is_dense,
            fifth.at_us - first.at_us + first.step_us <= greatest(
                divide(first.n_needed, 5) * first.us_per_action, first.step_us
            ) as is_close
        from numbered as first
        left join
            numbered as last
            on last.actor = first.actor
            and last.nth = first.nth + first.n_needed - 1
        left join
            numbered as fifth
            on fifth.actor = first.actor
            and fifth.nth = first.nth + divide(first.n_needed, 5) - 1
    ),
    marked as (
        select
            actor,
            at_us,
            step_us,
            max(case when is_dense then nth + n_needed - 1 end) over w
            >= nth as is_in_dense,
            max(case when is_close then nth + divide(n_needed, 5) - 1 end) over w
            >= nth as is_in_close
        from runs
        window w as (partition by actor order by nth rows unbounded preceding)
    ),
    inside as (select * from marked where is_in_dense and is_in_close),
    cut as (
        select
            *,
            sum(
                case
                    when at_us - before_us <= greatest(10000000, step_us) then 0 else 1
                end
            ) over (partition by actor order by at_us rows unbounded preceding) as span
        from
            (
                select
                    *, lag(at_us) over (partition by actor order by at_us) as before_us
                from inside
            )
    ),
    spans as (
        select
            actor,
            min(at_us) as from_us,
            max(at_us) as to_us,
            count(*) as n_actions,
            max(step_us) as step_us
        from cut
        group by actor, span
    )
select
    actor,
    from_us,
    to_us,
    any_value(n_actions) as n_actions,
    round(
        any_value(n_actions)
        / (greatest(to_us - from_us, any_value(s.step_us), 1000000) / 1e6),
        1
    ) as per_second
from spans as s
join busy_rows using (actor)
where busy_rows.at_us between from_us and to_us
group by actor, from_us, to_us
having count(distinct client) < {max_clients}
