-- How many events and names of a range stand for a product whose names changed.
select
    (select count(*) from named_keys semi join changed_keys using (key)) + (
        select count(*)
        from events
        where product_id in (select product_id from changed where way = 'id')
    ) as n
