-- The features of one entity: for each example i with a key, columns c0, c1, … at its
-- moment. Events and the ends of their windows are moves on one timeline
-- per key. Each goes to the first example that sees it; moves between two examples
-- are summed, and a running sum over the examples is the result. A tick is a quarter
-- of a microsecond: an event leaves its window at tick 0 of its microsecond, an
-- example reads at tick 1, an event comes at tick 2.
-- Tables: events, examples (encoded).
-- {key}                the entity as one integer
-- {block_kinds}        whether an event is of a kind that the block reads
-- {moves}              SELECTs of key, tick, kind, window_number, v0, v1, …
-- {step_aggregates}    sums and last times of what came between two examples
-- {step_columns}       the same columns, 0 without moves
-- {running_aggregates} the same columns, summed over the examples of a key
-- {feature_columns}    the features, by those columns
-- {joined_running}     running, joined with the values at the last times
with
    keyed_examples as (
        select i, at_us, {key} as key from examples where {key} is not null
    ),
    keyed_events as (
        select {key} as key, at_us, kind, price_minor, quantity, dwell_ms
        from events
        where {block_kinds} and {key} in (select key from keyed_examples)
    ),
    moves as ({moves}),
    assigned as (
        select e.i, moves.* exclude (key)
        from moves
        asof join
            keyed_examples as e on moves.key = e.key and moves.tick <= e.at_us * 4 + 1
    ),
    steps as (select i, {step_aggregates} from assigned group by i),
    filled as (
        select e.key, e.i, e.at_us, {step_columns}
        from keyed_examples as e
        left join steps on e.i = steps.i
    ),
    running as (
        select key, i, at_us, {running_aggregates}
        from filled
        window
            w as (
                partition by key
                order by at_us
                range between unbounded preceding and current row
            )
    )
select running.i, {feature_columns}
from {joined_running}
