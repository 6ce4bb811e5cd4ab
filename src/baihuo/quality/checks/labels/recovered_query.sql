-- Findings: outcomes without a query id, repaired where exactly one page of the
-- visit showed the product to the visitor, else noted.
--
-- {rows} the events left
-- {slack_us} that events of one client may arrive out of order, µs
-- {visit_us} a visit lasts where there is no session id, at most, µs
with
    impressions as (
        select
            visitor_id,
            product_id,
            surface,
            session_id,
            query_id,
            r.position,
            r.occurred_at_us as at_us
        from {rows} as r
        semi join without_query using (visitor_id, product_id, surface)
        where event_type = 'impression' and query_id is not null
    ),
    matches as (
        select
            l.import_id,
            l.line,
            count(distinct s.query_id) as n_pages,
            min(s.query_id) as new,
            l.session_id is not null as is_by_session
        from without_query as l
        left join
            impressions as s
            on l.visitor_id = s.visitor_id
            and l.product_id = s.product_id
            and l.surface = s.surface
            and s.at_us <= l.occurred_at_us + {slack_us}
            and (l.position is null or s.position is null or l.position = s.position)
            and case
                when l.session_id is not null and s.session_id is not null
                then l.session_id = s.session_id
                else s.at_us >= l.occurred_at_us - {visit_us}
            end
        group by l.import_id, l.line, l.session_id
    )
select
    import_id,
    line,
    case when n_pages = 1 then 'recovered_query' else 'missing_query' end as rule,
    case when n_pages = 1 then 'repair' else 'note' end as action,
    case when n_pages = 1 then 'query_id' end as field,
    case when n_pages = 1 then new end as new,
    cast(
        case
            when n_pages = 1
            then
                to_json(
                    struct_pack(
                        field := 'query_id',
                        old := cast(null as varchar),
                        new := new,
                        "by" := case when is_by_session then 'session' else 'time' end
                    )
                )
            else to_json(struct_pack(pages := n_pages))
        end as varchar
    ) as detail
from matches
