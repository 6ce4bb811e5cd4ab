-- Findings: clicks, dwells and carts of a page that no other event of the log names,
-- neither what was searched nor what was shown, of a client whose pages are in the log.
--
-- Not judged are the log's first day, whose pages may be older than it, and days on
-- which many of a platform's pages are missing: there the log has a hole.
-- {day_us} a day, µs
-- {max_share} of a client's outcomes without their page: more, and it does not log
-- pages
-- {hole_share} of a platform's outcomes of a day: more, and the day has a hole
-- {min_rows}  outcomes of a client before its share counts
-- {begins_us} when the log begins, µs
-- {earlier}   a UNION ALL with the queries of earlier ranges of days, or nothing
with
    judged as (
        select *
        from page_outcomes
        where event_type in ('click', 'dwell', 'add_to_cart', 'remove_from_cart')
    ),
    named as (
        select query_id
        from raw
        where
            query_id in (select query_id from unknown_outcomes)
            and event_type in ('impression', 'ad_impression', 'search')
            {earlier}
    ),
    unknown as (
        select *
        from unknown_outcomes
        anti join named using (query_id)
        where event_type in ('click', 'dwell', 'add_to_cart', 'remove_from_cart')
    ),
    clients as (
        select event_type, surface, platform, count(*) as n from judged group by all
    ),
    unknown_clients as (
        select event_type, surface, platform, count(*) as n_unknown
        from unknown
        group by all
    ),
    days as (
        select platform, divide(received_at_us, {day_us}) as day, count(*) as n_of_day
        from judged
        group by all
    ),
    unknown_days as (
        select
            platform,
            divide(received_at_us, {day_us}) as day,
            count(*) as n_unknown_of_day
        from unknown
        group by all
    ),
    reliable_clients as (
        select c.event_type, c.surface, c.platform
        from clients as c
        join
            unknown_clients as u
            on u.event_type = c.event_type
            and u.surface is not distinct from c.surface
            and u.platform is not distinct from c.platform
        where n >= {min_rows} and n_unknown <= {max_share} * n
    ),
    reliable_days as (
        select d.platform, d.day
        from days as d
        join
            unknown_days as u
            on u.platform is not distinct from d.platform
            and u.day = d.day
        where n_unknown_of_day <= greatest(2, {hole_share} * n_of_day)
    )
select
    import_id,
    line,
    'missing_query' as rule,
    'note' as action,
    'query_id' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(field := 'query_id', old := query_id, pages := 0)
        ) as varchar
    ) as detail
from unknown as u
semi join
    reliable_clients as c
    on u.event_type = c.event_type
    and u.surface is not distinct from c.surface
    and u.platform is not distinct from c.platform
semi join
    reliable_days as d
    on u.platform is not distinct from d.platform
    and divide(u.received_at_us, {day_us}) = d.day
where occurred_at_us >= {begins_us} + {day_us}
