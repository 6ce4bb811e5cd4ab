-- Outcomes of a product that their page did not show, where nearly all pages show it.
-- Impressions that an earlier step took out or changed were on the page, too.
-- {max_share} of the outcomes of pages with impressions: more, and not all are logged
with
    unseen as materialized(select * from outcomes where impression_us is null),
    shown as materialized(
        select distinct query_id, product_id
        from raw
        where event_type = 'impression' and query_id in (select query_id from unseen)
    ),
    odd as (
        select *
        from unseen
        anti join shown using (query_id, product_id)
        where query_id in (select query_id from shown)
    )
select
    import_id,
    line,
    struct_pack(
        field := 'product_id', old := product_id, query_id := query_id
    ) as detail
from odd
where
    (select count(*) from odd)
    <= {max_share}
    * (
        select count(*)
        from outcomes
        where impression_us is not null or query_id in (select query_id from shown)
    )
