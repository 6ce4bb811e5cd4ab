-- Impressions of pages that count positions from 0: import_id, line, query_id,
-- position (as it was sent), is_zero_based (the page itself shows it).
--
-- A page shows it by positions 0, 1, … without a gap, 0 seen first; or it follows
-- the habit of most pages of the same client. A single 0 among positions from 1 is
-- neither.
--
-- {min_share} of a client's pages, the share that makes a habit, 0 to 1
-- {min_pages} pages that make a habit
with
    zero_pages as (
        select distinct query_id from zero_positions where event_type = 'impression'
    ),
    impressions as (
        select
            import_id,
            line,
            query_id,
            product_id,
            surface,
            platform,
            occurred_at_us,
            case when z.line is not null then 0 else i.position end as position
        from (select * from page_impressions semi join zero_pages using (query_id)) as i
        left join
            (select import_id, line from zero_positions) as z using (import_id, line)
    ),
    page_patterns as (
        select
            query_id,
            min(surface) as surface,
            min(platform) as platform,
            count(*) filter (position is null) = 0
            and count(distinct position) = max(position) + 1
            and count(distinct product_id) > 1
            and max(occurred_at_us) filter (position = 0)
            < min(occurred_at_us) filter (position > 0) as is_zero_based
        from impressions
        group by query_id
    ),
    client_pages as (
        select surface, platform, count(*) as n_pages
        from
            (
                select query_id, min(surface) as surface, min(platform) as platform
                from page_profiles
                group by query_id
            )
        group by surface, platform
    ),
    client_habits as (
        select
            p.surface,
            p.platform,
            count(*) >= {min_share} * any_value(n_pages)
            and count(*) >= {min_pages} as is_habit
        from page_patterns as p
        join
            client_pages as c
            on p.surface is not distinct from c.surface
            and p.platform is not distinct from c.platform
        group by p.surface, p.platform
    )
select import_id, line, query_id, position, is_zero_based
from impressions
join page_patterns using (query_id)
join
    client_habits as h
    on page_patterns.surface is not distinct from h.surface
    and page_patterns.platform is not distinct from h.platform
where position is not null and (is_zero_based or is_habit)
