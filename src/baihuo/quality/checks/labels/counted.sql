-- Impressions of pages that count from 0: 0, 1, … without a gap and 0 seen first, or
-- so by habit of
-- most pages of the same client. A single 0 among positions from 1 is neither.
-- {min_pages}
-- {min_share}
with
    asked as (select distinct query_id from zeros where event_type = 'impression'),
    told as (
        select
            import_id,
            line,
            query_id,
            product_id,
            surface,
            platform,
            occurred_at_us,
            case when z.line is not null then 0 else position end as told
        from (select * from looked semi join asked using (query_id))
        left join (select import_id, line from zeros) as z using (import_id, line)
    ),
    pages as (
        select
            query_id,
            min(surface) as surface,
            min(platform) as platform,
            count(*) filter (told is null) = 0
            and count(distinct told) = max(told) + 1
            and count(distinct product_id) > 1
            and max(occurred_at_us) filter (told = 0)
            < min(occurred_at_us) filter (told > 0) as is_whole
        from told
        group by query_id
    ),
    clients as (
        select surface, platform, count(*) as n_pages
        from
            (
                select query_id, min(surface) as surface, min(platform) as platform
                from pages_seen
                group by query_id
            )
        group by surface, platform
    ),
    habits as (
        select
            p.surface,
            p.platform,
            count(*) >= {min_share} * any_value(n_pages)
            and count(*) >= {min_pages} as is_habit
        from pages as p
        join
            clients as c
            on p.surface is not distinct from c.surface
            and p.platform is not distinct from c.platform
        group by p.surface, p.platform
    )
select import_id, line, query_id, told, is_whole
from told
join pages using (query_id)
join
    habits as h
    on pages.surface is not distinct from h.surface
    and pages.platform is not distinct from h.platform
where told is not null and (is_whole or is_habit)
