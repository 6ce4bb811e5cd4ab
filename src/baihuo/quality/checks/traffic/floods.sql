-- TODO: what its rows are
-- {busy}
-- {floods}
-- {who}
with
    inside as (
        select import_id, line, who, query_id, n_acts, per_second, from_us, to_us
        from {busy}
        join {floods} using (who)
        where at_us between from_us and to_us
    ),
    pages as (  -- what its last pages still sent
        select
            who,
            query_id,
            any_value(n_acts) as n_acts,
            any_value(per_second) as per_second,
            min(from_us) as from_us,
            max(to_us) as to_us
        from inside
        where query_id is not null
        group by who, query_id
    ),
    caught as (
        select import_id, line, n_acts, per_second, from_us
        from inside
        union
        select import_id, line, n_acts, per_second, from_us
        from {busy}
        join pages using (who, query_id)
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
                "of" := '{who}',
                acts := n_acts,
                per_second := per_second,
                from_us := from_us
            )
        ) as varchar
    ) as detail
from caught
qualify row_number() over (partition by import_id, line order by from_us, n_acts) = 1
