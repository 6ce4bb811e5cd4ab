-- One decayed sum whose half-life is short against the log: for each example i with a
-- key, the value c. Time is cut into segments, each with its own start as reference,
-- so that no weight overflows; a segment begins with the rest of the one before. A
-- tick is a quarter of a microsecond: an event comes at tick 2 of its microsecond, an
-- example reads at tick 1, so it sees only earlier events.
-- Tables: events, examples (encoded).
-- {key}          the entity as one integer
-- {block_kinds}  whether an event is of a kind that the block reads
-- {kinds}        whether an event is of a kind that this feature reads
-- {amount}       what one event adds
-- {first_us}     start of the first segment, µs UTC
-- {segment_us}   length of a segment, µs
-- {half_life_us} half-life, µs
-- {carried}      weight of what a segment leaves to the next: one segment's decay
with
    keyed_examples as (
        select i, at_us, {key} as key from examples where {key} is not null
    ),
    keyed_events as (
        select {key} as key, at_us, kind, price_minor, quantity, dwell_ms
        from events
        where {block_kinds} and {key} in (select key from keyed_examples)
    ),
    segmented as (
        select *, divide((at_us - {first_us}), {segment_us}) as segment
        from keyed_events
        where {kinds}
    ),
    weighted as (
        select
            key,
            segment,
            at_us,
            {amount} * power(
                2.0, (at_us - {first_us} - segment * {segment_us}) / {half_life_us}
            ) as amount
        from segmented
    ),
    moves as (
        select key, segment, at_us * 4 + 2 as tick, amount, cast(null as bigint) as i
        from weighted
        union all
        select
            key,
            segment + 1,
            ({first_us} + (segment + 1) * {segment_us}) * 4,
            sum(amount) * {carried},
            null
        from weighted
        group by key, segment
        union all
        select key, divide((at_us - {first_us}), {segment_us}), at_us * 4 + 1, 0.0, i
        from keyed_examples
        where at_us >= {first_us}
    ),
    running as (
        select
            i,
            segment,
            tick,
            sum(amount) over (
                partition by key, segment
                order by tick
                rows between unbounded preceding and current row
            ) as amount
        from moves
    )
select
    i,
    amount * power(
        2.0, - (divide(tick, 4) - {first_us} - segment * {segment_us}) / {half_life_us}
    ) as c
from running
where i is not null
