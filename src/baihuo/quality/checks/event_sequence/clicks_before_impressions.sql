-- TODO: what its rows are
-- {at}
-- {late_us}
-- {mended_us}
-- {none}
-- {rows}
with
    clicks as (
        select
            import_id,
            line,
            visitor_id,
            coalesce(query_id, session_id) as page,
            product_id,
            {at}
        from {rows}
        where event_type = 'click' and coalesce(query_id, session_id) is not null
    ),
    seen as (
        select visitor_id, page, product_id, min(r. {at}) as seen_us
        from
            (
                select
                    visitor_id, coalesce(query_id, session_id) as page, product_id, {at}
                from {rows}
                where event_type = 'impression'
            ) as r
        semi join clicks using (visitor_id, page, product_id)
        group by visitor_id, page, product_id
    )
select
    import_id,
    line,
    'click_before_impression' as rule,
    'quarantine' as action,
    {none} as field,
    {none} as new,
    cast(
        to_json(struct_pack(clicked_at_us := {at}, seen_at_us := seen_us)) as varchar
    ) as detail
from
    (
        select c.*
        from (select * from clicks join seen using (visitor_id, page, product_id)) as c
        left join mended as m on m.import_id = c.import_id and m.line = c.line
        where
            seen_us
            > {at}
            + case
                when m.line is null then {late_us} else greatest({late_us}, {mended_us})
            end
    )
anti join
    (select * from unsure where event_type = 'impression') using (
        visitor_id, page, product_id
    )
