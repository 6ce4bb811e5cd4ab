-- Findings: events equal to another in everything but id and time, close to it in
-- time. They form chains; the first row of a chain stays. A retry comes a few times: a
-- chain of many different moments is a flood, which is named by the step traffic, and
-- of it only rows of one and the same instant are merged.
--
-- {rows} the events left, all columns
-- {narrow_rows} the same with only the columns of the hash
-- {coarse_hash} hash that equal events share; it narrows down what is read in full
-- {content} columns that equal events share
-- {received_order} columns that order rows by when we received them
-- {exact_types} event types that must have happened at the same instant, quoted,
-- with commas
-- {max_moments} different times in a chain of retries
-- {window_us} between an event and the one before it in its chain, at most, µs
with
    repeated as (
        select {coarse_hash} as coarse
        from {narrow_rows}
        group by coarse
        having count(*) > 1
    ),
    gaps as (
        select r.*, occurred_at_us - lag(occurred_at_us) over equal as gap_us
        from {rows} as r
        semi join repeated on {coarse_hash} = repeated.coarse
        window
            equal as (partition by {content} order by occurred_at_us, {received_order})
    ),
    chained as (
        select
            *,
            sum(
                case
                    when
                        gap_us <= case
                            when event_type in ({exact_types}) then 0 else {window_us}
                        end
                    then 0
                    else 1
                end
            ) over equal as chain
        from gaps
        window
            equal as (
                partition by {content}
                order by occurred_at_us, {received_order}
                rows between unbounded preceding and current row
            )
    ),
    kept as (
        select
            import_id,
            line,
            event_id,
            gap_us,
            row_number() over chain as row_no,
            count(*) filter (where gap_us > 0) over whole + 1 as n_moments,
            first_value(import_id || ':' || line) over chain as kept
        from chained
        window
            whole as (partition by {content}, chain),
            chain as (partition by {content}, chain order by {received_order})
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
where row_no > 1 and (n_moments <= {max_moments} or gap_us = 0)
