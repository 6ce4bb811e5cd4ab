-- Findings: texts that are of no product but a web page's, a machine's, a chat's:
-- left out where the whole is, else noted. What many texts hold is how the shop
-- writes, and is not noted.
--
-- A text that many listings have is looked at once; all fields at once, for to read
-- the patterns takes longer than to look for them.
--
-- {rows}  products: the fields
-- {cells} a struct of field and content for each text of a product that is judged
-- {kinds} expressions of the columns text (in lower case) and cased (as written): a
-- struct of rule, action, why, and the pattern that was found; or NULL
-- {max_share} of the texts that are noted for one reason, 0 to 1
-- {min_usual} texts so noted in any case
with
    cells as materialized(
        select import_id, line, cell.field as field, cell.content as content
        from (select import_id, line, unnest([{cells}]) as cell from {rows})
        where cell.content <> ''
    ),
    judged as materialized(
        select content, cased, text, coalesce({kinds}) as kind
        from
            (
                select
                    content,
                    left(content, 4000) as cased,
                    lower(left(content, 4000)) as text
                from (select distinct content from cells)
            )
    ),
    found as materialized(
        select
            c.import_id,
            c.line,
            c.field,
            left(c.content, 500) as content,
            kind.rule as rule,
            kind.action as action,
            kind.why as why,
            left(
                regexp_extract(if(kind.is_cased, j.cased, j.text), kind.pattern), 80
            ) as found
        from cells as c
        join (select * from judged where kind is not null) as j using (content)
    ),
    usual as (
        select field, why
        from found
        where action = 'note'
        group by field, why
        having
            count(*) > greatest(
                {min_usual},
                {max_share}
                * (select count(*) from cells where cells.field = found.field)
            )
    )
select
    import_id,
    line,
    rule,
    action,
    case when action = 'repair' then field end as field,
    cast(null as varchar) as new,
    cast(
        if(
            action = 'repair',
            to_json(
                struct_pack(
                    field := field,
                    old := content,
                    new := cast(null as varchar),
                    why := why,
                    found := found
                )
            ),
            to_json(
                struct_pack(field := field, text := content, why := why, found := found)
            )
        ) as varchar
    ) as detail
from found
where action = 'repair' or (field, why) not in (select (field, why) from usual)
