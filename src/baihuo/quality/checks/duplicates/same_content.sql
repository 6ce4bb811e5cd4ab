-- Events equal to another in everything but id and time, close to it in time:
-- import_id,
-- line, event_id, visitor_id, kept (the row that stays: the one received first), nth (1
-- of that), is_in_seconds, gap_us (since the one before; null: none), event_type,
-- query_id, and of the burst that it is in, n_burst, from_us, to_us.
--
-- {rows}           the events left, all columns
-- {coarse_hash}    hash that equal events share: the file repeated has those of several
-- events, so that few are read in full
-- {content}        columns that equal events share
-- {received_order} columns that order rows by when we received them
-- {exact_types}    event types that must have happened at the same instant, quoted
-- {window_us}      between an event and the one before it, at most, µs
-- {order_line_us}  the same between two lines of one order, µs
with
    gaps as (
        select
            r.*,
            occurred_at_us - lag(occurred_at_us) over equal as gap_us,
            lead(occurred_at_us) over equal - occurred_at_us as next_us,
            -- stands for the content, since each window sorts by all of its columns
            first_value(r.import_id || ':' || r.line) over equal as content
        from {rows} as r
        semi join repeated on {coarse_hash} = repeated.hash
        window
            equal as (partition by {content} order by occurred_at_us, {received_order})
    ),
    chained as (
        select
            *,
            least(gap_us, next_us) <= {window_us} as is_in_seconds,
            sum(case when gap_us <= {window_us} then 0 else 1 end) over equal as burst,
            sum(
                case
                    when
                        gap_us <= case
                            when event_type in ({exact_types})
                            then 0
                            when event_type = 'purchase' and order_id is not null
                            then {order_line_us}
                            else {window_us}
                        end
                    then 0
                    else 1
                end
            ) over equal as chain
        from gaps
        -- a row far from both of its neighbours is a chain of its own
        where least(gap_us, next_us) <= greatest({window_us}, {order_line_us})
        window
            equal as (
                partition by content
                order by occurred_at_us, {received_order}
                rows unbounded preceding
            )
    )
select
    import_id,
    line,
    event_id,
    visitor_id,
    is_in_seconds,
    gap_us,
    event_type,
    query_id,
    first_value(import_id || ':' || line) over chain as kept,
    row_number() over chain as nth,
    count(*) over burst as n_burst,
    min(occurred_at_us) over burst as from_us,
    max(occurred_at_us) over burst as to_us
from chained
window
    chain as (partition by content, chain order by {received_order}),
    burst as (partition by content, burst)
