-- Ids of visitors that may be no plain id of one person: visitor_id, sort, n_visitors,
-- plain (the id of another visitor that it holds).
--
-- {rows}    events: visitor_id
-- {rounded} a pattern: numbers that a spreadsheet rounded
-- {address} a pattern: addresses of the network
-- {tests}   a pattern: words of the shop's own tests and people
-- {wrapped} a pattern: quotes, brackets and the like
-- {behind}  a pattern: a word, and what may be an id behind it
-- {before}  a pattern: what may be an id, and a word behind it
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
    -- another visitor's whole id, behind or before a word of letters
    joined_ids as (
        select visitor_id, plain
        from
            (
                select
                    visitor_id,
                    unnest(
                        [
                            regexp_extract(visitor_id, {behind}, 1),
                            regexp_extract(visitor_id, {before}, 1)
                        ]
                    ) as plain
                from visitors
            )
        where plain in (select visitor_id from visitors)
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
select visitor_id, sort, plain, (select count(*) from visitors) as n_visitors
from
    (
        select *, cast(null as varchar) as plain
        from sorted
        where sort is not null
        union all
        select visitor_id, 'joined', plain
        from joined_ids
        union all
        select visitor_id, 'case', cast(null as varchar)
        from visitors as v
        join spelt as s on lower(v.visitor_id) = s.plain
        where v.visitor_id <> s.plain
    )
order by sort, visitor_id
limit {most}
