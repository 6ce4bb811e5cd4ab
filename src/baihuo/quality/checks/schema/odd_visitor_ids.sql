-- Ids of visitors that may be no plain id of one person: visitor_id, sort, n_visitors.
--
-- {rows}    events: visitor_id
-- {rounded} a pattern: numbers that a spreadsheet rounded
-- {address} a pattern: addresses of the network
-- {tests}   a pattern: words of the shop's own tests and people
-- {wrapped} a pattern: quotes, brackets and the like
-- {most}    ids that are read
with
    visitors as materialized(
        select visitor_id from {rows} where visitor_id is not null group by visitor_id
    ),
    spelt as (
        select lower(visitor_id) as plain
        from visitors
        group by lower(visitor_id)
        having count(*) > 1
    ),
    sorted as (
        select
            visitor_id,
            case
                when regexp_matches(visitor_id, {rounded})
                then 'rounded'
                when regexp_matches(visitor_id, {address})
                then 'address'
                when regexp_matches(visitor_id, {wrapped})
                then 'wrapped'
                when regexp_matches(visitor_id, {tests})
                then 'tests'
            end as sort
        from visitors
    )
select visitor_id, sort, (select count(*) from visitors) as n_visitors
from
    (
        select *
        from sorted
        where sort is not null
        union all
        select visitor_id, 'case' as sort
        from visitors as v
        join spelt as s on lower(v.visitor_id) = s.plain
        where v.visitor_id <> s.plain
    )
order by sort, visitor_id
limit {most}
