-- How many events of a range of days may be judged otherwise because of new rows of
-- earlier days: they have
-- the same id, or they waited for what a visitor did with a product.
-- {slot}       SQL for the half day of an event (since 1970-01-01, UTC)
-- {first_slot} the first half day of the range
-- {waiting}    the checks that took a row because something before it was missing, as
-- a list of texts
with
    older as (
        select event_id, visitor_id, product_id from new where {slot} < {first_slot}
    ),
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
