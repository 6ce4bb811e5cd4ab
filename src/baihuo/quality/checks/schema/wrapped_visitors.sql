-- Findings: rows whose visitor's id holds another visitor's. Repaired where a row of
-- the same session has that one; noted where it surely is no plain id, and few are so.
--
-- {rows}     events: visitor_id, session_id
-- {pairs}    the odd id, an id that it holds, whether it surely is no plain id
-- {max_sure} ids that are noted; more are how the shop writes them
with
    pairs(odd, plain, is_sure) as (values {pairs}),
    odd_rows as materialized(
        select * from {rows} where visitor_id in (select odd from pairs)
    ),
    plain_rows as materialized(
        select distinct r.visitor_id, r.session_id
        from {rows} as r
        where
            r.visitor_id in (select plain from pairs)
            and r.session_id in (select session_id from odd_rows)
    ),
    judged as (
        select
            o.import_id,
            o.line,
            o.visitor_id,
            bool_or(p.is_sure) as is_sure,
            count(distinct w.visitor_id) as n_plain,
            any_value(w.visitor_id) as new
        from odd_rows as o
        join pairs as p on p.odd = o.visitor_id
        left join
            plain_rows as w
            on w.visitor_id = p.plain
            and w.session_id = o.session_id
            and w.visitor_id <> o.visitor_id
        group by o.import_id, o.line, o.visitor_id
    )
select
    import_id,
    line,
    'visitor_form' as rule,
    case when n_plain = 1 then 'repair' else 'note' end as action,
    case when n_plain = 1 then 'visitor_id' end as field,
    case when n_plain = 1 then new end as new,
    cast(
        to_json(
            struct_pack(
                field := 'visitor_id',
                old := left(visitor_id, 200),
                new := case when n_plain = 1 then new end
            )
        ) as varchar
    ) as detail
from judged
where
    n_plain = 1
    or (is_sure and (select count(distinct odd) from pairs where is_sure) <= {max_sure})
