-- Sessions that go on a visit begun under another id: session_id, visitor_id, visit_id
-- (the id that the visit began with), n_ids, is_noted, because, is_sure.
-- {min_ids}        so many ids in a visit, changing quickly, are no new visit each time
-- {browsing_types} event types that happen during a visit, as an SQL list
with
    pages as (
        select distinct c.visitor_id, c.device, c.platform, c.chain, c.nth, r.query_id
        from chained_rows as r
        join chains as c on r.session_id = c.session_id and r.visitor_id = c.visitor_id
        where r.query_id is not null and r.event_type in {browsing_types}
    ),
    shared_pages as (
        select distinct visitor_id, device, platform, chain, nth
        from pages
        qualify
            nth
            > min(nth) over (partition by visitor_id, device, platform, chain, query_id)
    ),
    in_order as (
        select
            c.visitor_id,
            c.device,
            c.platform,
            c.chain,
            r.session_id <> lag(r.session_id) over by_time as is_switch,
            row_number() over by_time as n_before,
            count(*) over (
                partition by c.visitor_id, c.device, c.platform, c.chain
            ) as n_rows
        from chained_rows as r
        join chains as c on r.session_id = c.session_id and r.visitor_id = c.visitor_id
        where r.event_type in {browsing_types}
        window
            by_time as (
                partition by c.visitor_id, c.device, c.platform, c.chain
                order by r.occurred_at_us, r.import_id, r.line
            )
    ),
    -- a whole visit between one row of another and the rest of it: the row's time is
    -- wrong
    strays as (
        select visitor_id, device, platform, chain
        from in_order
        group by visitor_id, device, platform, chain
        having
            count(*) filter (is_switch) = 2
            and max(n_before) filter (is_switch) - min(n_before) filter (is_switch) > 1
            and (
                min(n_before) filter (is_switch) = 2
                or max(n_before) filter (is_switch) = max(n_rows)
            )
    ),
    linked as (
        select
            c.*,
            coalesce(is_overlap and o.chain is null, false) as is_overlapping,
            s.nth is not null as is_page_shared,
            c.nth > 1
            and (
                coalesce(is_overlap and o.chain is null, false)
                or coalesce(is_quick_change, false)
                or s.nth is not null
            ) as is_linked
        from chains as c
        left join
            shared_pages as s
            on c.visitor_id = s.visitor_id
            and c.device is not distinct from s.device
            and c.platform is not distinct from s.platform
            and c.chain = s.chain
            and c.nth = s.nth
        left join
            strays as o
            on c.visitor_id = o.visitor_id
            and c.device is not distinct from o.device
            and c.platform is not distinct from o.platform
            and c.chain = o.chain
    ),
    with_visits as (
        select
            *,
            sum(case when is_linked then 0 else 1 end) over (
                partition by visitor_id, device, platform, chain
                order by nth
                rows between unbounded preceding and current row
            ) as visit
        from linked
    ),
    visits as (
        select
            session_id,
            visitor_id,
            nth,
            is_noted,
            min(nth) over (v) as first_nth,
            first_value(session_id) over (v order by nth) as visit_id,
            count(*) over (v) as n_ids,
            bool_or(is_overlapping) over (v) as has_overlap,
            bool_or(is_page_shared) over (v) as has_shared_page
        from with_visits
        window v as (partition by visitor_id, device, platform, chain, visit)
    )
select
    session_id,
    visitor_id,
    visit_id,
    n_ids,
    is_noted,
    case
        when has_shared_page
        then 'one page under several ids'
        when has_overlap
        then 'they alternate'
        else 'it changes again and again'
    end as because,
    has_overlap or has_shared_page or n_ids >= {min_ids} as is_sure
from visits
where
    nth > first_nth
    and (has_overlap or has_shared_page or n_ids >= {min_ids} or is_noted)
