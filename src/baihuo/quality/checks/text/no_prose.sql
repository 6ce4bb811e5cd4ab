-- Findings: texts that are no words about a product, noted. What many texts are is how
-- the shop writes, and is left out.
--
-- {rows}      products: the field
-- {field}     the text that is judged
-- {cases}     WHEN … THEN 'check|why', the first that holds counts
-- {max_share} of the texts that are of one kind, and a hundred in any case
with
    judged as materialized(
        select import_id, line, {field} as said, case {cases} end as kind
        from {rows}
        where {field} <> ''
    ),
    few as (
        select kind
        from judged
        where kind is not null
        group by kind
        having count(*) <= greatest(100, {max_share} * (select count(*) from judged))
    )
select
    import_id,
    line,
    split_part(kind, '|', 1) as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{field}',
                text := left(said, 500),
                why := split_part(kind, '|', 2)
            )
        ) as varchar
    ) as detail
from judged
semi join few using (kind)
