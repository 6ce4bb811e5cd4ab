-- One row a session, visitor and device, of what happens during a visit: visitor_id,
-- device, platform, session_id, first_us, last_us.
-- {rows} events: session_id, visitor_id, device, platform, event_type, occurred_at_us
select
    visitor_id,
    device,
    platform,
    session_id,
    min(occurred_at_us) as first_us,
    max(occurred_at_us) as last_us
from {rows}
where
    session_id is not null
    and event_type not in ('dwell', 'purchase', 'cancel', 'review')
group by all
