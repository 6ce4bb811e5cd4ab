-- TODO: what its rows are
-- {slot}
-- {value}
-- {waiting}
with
    older as (select event_id, visitor_id, product_id from new where {slot} < {value}),
    waiting as (
        select visitor_id, product_id
        from quarantine
        where "check" in {waiting}
        union all
        select visitor_id, product_id
        from events
        semi join
            (
                select import_id, line
                from findings
                where rule in {waiting} and action = 'note'
            ) using (import_id, line)
    )
select
    (select count(*) from events semi join older using (event_id))
    + (select count(*) from waiting semi join older using (visitor_id, product_id)) as n
