-- Findings: descriptions that are of no product but a web page's, a machine's, a
-- chat's: left out where the whole is, else noted.
--
-- A text that many listings have is looked at once.
--
-- {rows}  products: the field
-- {field} the description that is judged
-- {kinds} expressions of a column text in lower case: a struct of rule, action, why
-- and found, or NULL
with
    texts as (select distinct {field} as said from {rows} where {field} is not null),
    judged as (
        select said, coalesce({kinds}) as kind
        from (select said, lower(left(said, 4000)) as text from texts)
    )
select
    import_id,
    line,
    kind.rule as rule,
    kind.action as action,
    case when kind.action = 'repair' then '{field}' end as field,
    cast(null as varchar) as new,
    cast(
        case
            when kind.action = 'repair'
            then
                to_json(
                    struct_pack(
                        field := '{field}',
                        old := left({field}, 500),
                        new := cast(null as varchar),
                        why := kind.why,
                        found := kind.found
                    )
                )
            else
                to_json(
                    struct_pack(
                        field := '{field}',
                        text := left({field}, 500),
                        why := kind.why,
                        found := kind.found
                    )
                )
        end as varchar
    ) as detail
from {rows}
join judged on said = {field}
where kind is not null
