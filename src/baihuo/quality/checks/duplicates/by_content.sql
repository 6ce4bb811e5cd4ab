-- TODO: what its rows are
-- {alike}
-- {exact}
-- {first}
-- {list}
-- {rows}
-- {rows_2}
-- {window_ms}
with
    alike as (select {alike} as h from {rows} group by h having count(*) > 1),
    pairs as (
        select r.*, occurred_at_us - lag(occurred_at_us) over equal as gap_us
        from {rows_2} as r
        semi join alike on {alike} = alike.h
        window equal as (partition by {list} order by occurred_at_us, {first})
    ),
    chained as (
        select
            *,
            sum(
                case
                    when
                        gap_us <= case
                            when event_type in ({exact}) then 0 else {window_ms} * 1000
                        end
                    then 0
                    else 1
                end
            ) over equal as chain
        from pairs
        window
            equal as (
                partition by {list}
                order by occurred_at_us, {first}
                rows between unbounded preceding and current row
            )
    ),
    kept as (
        select
            import_id,
            line,
            event_id,
            row_number() over chain as nth,
            first_value(import_id || ':' || line) over chain as kept
        from chained
        window chain as (partition by {list}, chain order by {first})
    )
select
    import_id,
    line,
    'same_content' as rule,
    'merge' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(to_json(struct_pack(event_id := event_id, kept := kept)) as varchar) as detail
from kept
where nth > 1
