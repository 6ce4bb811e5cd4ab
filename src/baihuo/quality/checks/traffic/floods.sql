-- Findings: the rows inside floods, and what the flood's last pages still sent.
-- {busy_rows}   the rows around busy days
-- {flood_spans} the spans of floods
-- {actor}       the column that says who acted: visitor_id or device
with
    inside as (
        select import_id, line, actor, query_id, n_actions, per_second, from_us, to_us
        from {busy_rows}
        join {flood_spans} using (actor)
        where at_us between from_us and to_us
    ),
    pages as (
        select
            actor,
            query_id,
            any_value(n_actions) as n_actions,
            any_value(per_second) as per_second,
            min(from_us) as from_us,
            max(to_us) as to_us
        from inside
        where query_id is not null
        group by actor, query_id
    ),
    flooded as (
        select import_id, line, actor, n_actions, per_second, from_us
        from inside
        union
        select import_id, line, actor, n_actions, per_second, from_us
        from {busy_rows}
        join pages using (actor, query_id)
        where at_us > to_us and at_us <= to_us + 60000000
    )
select
    import_id,
    line,
    'flood' as rule,
    'quarantine' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                "of" := '{actor}',
                whose := actor,
                acts := n_actions,
                per_second := per_second,
                from_us := from_us
            )
        ) as varchar
    ) as detail
from flooded
qualify row_number() over (partition by import_id, line order by from_us, n_actions) = 1
