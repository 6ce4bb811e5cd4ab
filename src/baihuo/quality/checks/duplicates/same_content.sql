-- Findings: events equal to another in everything but id and time, close to it in
-- time. They form chains; the first row of a chain stays. A long chain is a flood,
-- and so is a very long one with pauses of seconds. Lines of an order that come again
-- seconds later are one line.
--
-- {rows} the events left, all columns
-- {coarse_hash} hash that equal events share: the file repeated has those of several
-- events, so that few are read in full
-- {content} columns that equal events share; the later windows have the first of equal
-- events in their place, since each window sorts by all of its columns
-- {received_order} columns that order rows by when we received them
-- {hand_us} between two of an exact type that no hand makes: noted, µs
-- {tap_us} the same of two alone within a second: a double tap, µs
-- {exact_types} event types that must have happened at the same instant, quoted,
-- with commas
-- {window_us} between an event and the one before it in its chain, at most, µs
-- {stay_us} between two stays that are one, at most, µs
-- {flood_rows} rows of a chain that are a flood
-- {flood_gap_us} between an event and the one before it in a slow flood, at most, µs
-- {slow_flood_rows} rows of one that are a flood
-- {order_line_us} between two lines of one order that are one line, at most, µs
-- {purchase_us} the same for purchases without an order, µs
with
    gaps as (
        select
            r.*,
            occurred_at_us - lag(occurred_at_us) over equal as gap_us,
            lead(occurred_at_us) over equal - occurred_at_us as next_us,
            first_value(r.import_id) over equal as of_import,
            first_value(r.line) over equal as of_line
        from {rows} as r
        semi join repeated on {coarse_hash} = repeated.hash
        window
            equal as (partition by {content} order by occurred_at_us, {received_order})
    ),
    -- a row far from both of its neighbours is a chain of its own
    near as (
        select *
        from gaps
        where
            least(gap_us, next_us) <= greatest(
                {window_us}, {order_line_us}, {purchase_us}, {flood_gap_us}, {stay_us}
            )
    ),
    chained as (
        select
            *,
            sum(
                case
                    when
                        gap_us <= case
                            when event_type in ({exact_types})
                            then 0
                            -- a stay of so long cannot be another one of as long, to
                            -- the millisecond, that ended before it was over
                            when event_type = 'dwell' and dwell_ms % 1000 <> 0
                            then greatest({window_us}, least(900 * dwell_ms, {stay_us}))
                            else {window_us}
                        end
                    then 0
                    else 1
                end
            ) over equal as chain,
            sum(case when gap_us <= {window_us} then 0 else 1 end) over equal as burst,
            sum(case when gap_us <= {flood_gap_us} then 0 else 1 end) over equal
            as slow_burst,
            sum(
                case
                    when
                        gap_us <= case
                            when event_type <> 'purchase'
                            then -1
                            when order_id is null
                            then {purchase_us}
                            else {order_line_us}
                        end
                    then 0
                    else 1
                end
            ) over equal as line_chain
        from near
        window
            equal as (
                partition by of_import, of_line
                order by occurred_at_us, {received_order}
                rows between unbounded preceding and current row
            )
    ),
    kept as (
        select
            import_id,
            line,
            event_id,
            event_type,
            visitor_id,
            order_id,
            row_number() over chain as row_no,
            first_value(import_id || ':' || line) over chain as kept,
            row_number() over line_chain as line_row_no,
            first_value(import_id || ':' || line) over line_chain as line_kept,
            count(*) over slow_burst >= {slow_flood_rows} as is_slow_flood,
            count(*) over burst as n_in_seconds,
            event_type in ({exact_types})
            and (
                gap_us <= {hand_us} or (n_in_seconds = 2 and gap_us <= {tap_us})
            ) as is_fired_twice,
            case
                when is_slow_flood then count(*) over slow_burst else n_in_seconds
            end as n_burst,
            case
                when is_slow_flood
                then min(occurred_at_us) over slow_burst
                else min(occurred_at_us) over burst
            end as from_us,
            case
                when is_slow_flood
                then max(occurred_at_us) over slow_burst
                else max(occurred_at_us) over burst
            end as to_us
        from chained
        window
            chain as (partition by of_import, of_line, chain order by {received_order}),
            line_chain as (
                partition by of_import, of_line, line_chain order by {received_order}
            ),
            burst as (partition by of_import, of_line, burst),
            slow_burst as (partition by of_import, of_line, slow_burst)
    ),
    -- a till may write a line a unit, all at one instant: no flood
    named as (
        select
            *,
            case
                when
                    (is_slow_flood or n_in_seconds >= {flood_rows})
                    and (to_us > from_us or event_type not in ('purchase', 'cancel'))
                then 'flood_of_copies'
                when row_no > 1
                then 'same_content'
                when line_row_no > 1
                then 'repeated_order_line'
                when is_fired_twice
                then 'same_content'
            end as rule
        from kept
    )
select
    import_id,
    line,
    rule,
    case
        when rule = 'flood_of_copies'
        then 'quarantine'
        when rule = 'repeated_order_line' and order_id is null
        then 'note'
        when rule = 'same_content' and row_no = 1
        then 'note'
        else 'merge'
    end as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        case
            when rule = 'flood_of_copies'
            then
                to_json(
                    struct_pack(
                        whose := visitor_id,
                        acts := n_burst,
                        from_us := from_us,
                        to_us := to_us,
                        per_second
                        := round(n_burst / greatest((to_us - from_us) / 1e6, 1), 1)
                    )
                )
            when rule = 'repeated_order_line'
            then to_json(struct_pack(event_id := event_id, kept := line_kept))
            else to_json(struct_pack(event_id := event_id, kept := kept))
        end as varchar
    ) as detail
from named
where rule is not null
