-- TODO: what its rows are
-- {browsing}
-- {min_ids}
with
    pages as (
        select distinct c.visitor_id, c.device, c.platform, c.chain, c.nth, r.query_id
        from linked_rows as r
        join chained as c on r.session_id = c.session_id and r.visitor_id = c.visitor_id
        where r.query_id is not null and r.event_type in {browsing}
    ),
    torn as (
        select distinct visitor_id, device, platform, chain, nth
        from pages
        qualify
            nth
            > min(nth) over (partition by visitor_id, device, platform, chain, query_id)
    ),
    linked as (
        select
            c.*,
            coalesce(is_overlap, false) as is_over,
            t.nth is not null as is_torn,
            c.nth > 1
            and (
                coalesce(is_overlap, false)
                or coalesce(is_quick, false)
                or t.nth is not null
            ) as is_linked
        from chained as c
        left join
            torn as t
            on c.visitor_id = t.visitor_id
            and c.device is not distinct from t.device
            and c.platform is not distinct from t.platform
            and c.chain = t.chain
            and c.nth = t.nth
    ),
    grouped as (
        select
            *,
            sum(case when is_linked then 0 else 1 end) over (
                partition by visitor_id, device, platform, chain
                order by nth
                rows between unbounded preceding and current row
            ) as visit
        from linked
    ),
    judged as (
        select
            session_id,
            visitor_id,
            nth,
            is_noted,
            min(nth) over (v) as first_nth,
            first_value(session_id) over (v order by nth) as visit_id,
            count(*) over (v) as n_ids,
            bool_or(is_over) over (v) as has_overlap,
            bool_or(is_torn) over (v) as has_torn
        from grouped
        window v as (partition by visitor_id, device, platform, chain, visit)
    )
select
    session_id,
    visitor_id,
    visit_id,
    n_ids,
    is_noted,
    case
        when has_torn
        then 'one page under several ids'
        when has_overlap
        then 'they alternate'
        else 'it changes again and again'
    end as because,
    has_overlap or has_torn or n_ids >= {min_ids} as is_sure
from judged
where nth > first_nth and (has_overlap or has_torn or n_ids >= {min_ids} or is_noted)
