-- Outcomes of a product that their page did not show, where nearly all pages show it.
-- Impressions that an earlier step took out or changed were on the page, too.
-- {max_share} of the outcomes of pages with impressions: more, and not all are logged
with
    shown as (
        select query_id, product_id
        from raw
        where event_type = 'impression' and query_id in (select query_id from outcomes)
    ),
    judged as (
        select o.*, impression_us is null and s.product_id is null as is_odd
        from outcomes as o
        left join
            (select distinct query_id, product_id from shown) as s using (
                query_id, product_id
            )
        where query_id in (select query_id from shown)
    )
select
    import_id,
    line,
    struct_pack(
        field := 'product_id', old := product_id, query_id := query_id
    ) as detail
from judged
where
    is_odd
    and (select count(*) filter (is_odd) from judged)
    <= {max_share} * (select count(*) from judged)
