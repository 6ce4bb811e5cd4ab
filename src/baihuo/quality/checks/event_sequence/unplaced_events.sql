-- Views and purchases that happened at a time that nobody knows: visitor_id, page,
-- product_id, event_type. Where our clock was taken it is later by as long as the event
-- took to reach us, and what was quarantined (a clock years behind, a broken cell)
-- still
-- happened. So they prove nothing about what came before, and that nothing did neither.
-- {rows} those of unplaced_raw that are left: visitor_id, product_id, event_type,
-- query_id, session_id
-- {view_types}  event types that prove a view, as an SQL list
select distinct
    visitor_id, coalesce(query_id, session_id) as page, product_id, event_type
from {rows} as r
semi join
    (select import_id, line from unplaced_rows where action = 'repair') using (
        import_id, line
    )
where event_type in {view_types}
union
select visitor_id, coalesce(query_id, session_id), product_id, event_type
from unplaced_raw
semi join
    (select import_id, line from unplaced_rows where action = 'quarantine') using (
        import_id, line
    )
where event_type in {view_types} or event_type = 'purchase'
