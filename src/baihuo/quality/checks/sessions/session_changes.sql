-- Sessions of near_visitors that go on a visit begun under another id: visitor_id,
-- session_id, visit_id
-- (the id that the visit began with), n_changes (two or more, of the id in the visit,
-- without a pause).
-- A session with rows in several visits proves nothing: the time of one of them is
-- wrong, or a stay was long. Nor do rows of an unknown device.
-- {rows}      events: session_id, visitor_id, device, platform, event_type,
-- occurred_at_us
-- {gap_us}    a gap without an event that ends a visit, µs
-- {change_us} an id that changes after a longer pause may be a new visit, µs
with
    acts as (
        select
            *,
            occurred_at_us - lag(occurred_at_us) over (
                partition by visitor_id, device, platform
                order by occurred_at_us, import_id, line
            ) as gap_us
        from {rows}
        semi join near_visitors using (visitor_id)
        where
            session_id is not null
            and coalesce(device, platform) is not null
            and event_type not in ('dwell', 'purchase', 'cancel', 'review')
    ),
    in_visits as (
        select
            *,
            sum(case when gap_us <= {gap_us} then 0 else 1 end) over (
                partition by visitor_id, device, platform
                order by occurred_at_us, import_id, line
                rows unbounded preceding
            ) as visit
        from acts
    ),
    of_one_visit as (
        select *
        from in_visits
        qualify
            count(distinct(device, platform, visit)) over (
                partition by visitor_id, session_id
            )
            = 1
    ),
    steps as (
        select
            *,
            first_value(session_id) over in_order as visit_id,
            lag(session_id) over in_order as before_id,
            occurred_at_us - lag(occurred_at_us) over in_order as pause_us
        from of_one_visit
        window
            in_order as (
                partition by visitor_id, device, platform, visit
                order by occurred_at_us, import_id, line
            )
    ),
    counted as (
        select
            *,
            count(*) filter (session_id <> before_id and pause_us <= {change_us}) over (
                partition by visitor_id, device, platform, visit
            ) as n_changes
        from steps
    )
select distinct visitor_id, session_id, visit_id, n_changes
from counted
where n_changes > 1 and session_id <> visit_id
