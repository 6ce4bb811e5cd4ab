-- Pages whose rows do not agree in their labels or surface, or that lie hours apart:
-- query_id. None where more than a twentieth of the pages are so: then it is how the
-- shop gives out its ids.
--
-- {apart_us} rows of one page are seconds apart; µs
with
    odd as (
        select query_id
        from page_profiles
        group by query_id
        having
            min(platform) <> max(last_platform)
            or min(labels) <> max(last_labels)
            or min(surface) <> max(surface)
            or max(last_us) - min(first_us) > {apart_us}
        union
        select o.query_id
        from page_outcomes as o
        join page_profiles as p using (query_id)
        where
            event_type in ('click', 'dwell')
            and (o.platform <> p.platform or o.surface <> p.surface)
    )
select query_id
from odd
where
    (select count(*) from odd)
    <= 0.05 * (select approx_count_distinct(query_id) from page_profiles)
