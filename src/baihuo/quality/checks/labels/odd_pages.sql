-- Pages whose rows do not agree in their labels, surface or visitor, that lie hours
-- apart or at one instant, or whose positions do: query_id, reasons. A reason that more
-- than a twentieth of the pages have is how the shop gives out its ids (or counts), and
-- none.
--
-- {reasons}  those of the checks that are on
-- {apart_us} rows of one page are seconds apart; µs
-- {far_positions} neighbours of a page are nearer to each other than so many positions
with
    pages as (
        select
            query_id,
            min(platform) <> max(last_platform) as is_of_platforms,
            min(device) <> max(last_device)
            or min(country) <> max(last_country)
            or min(language) <> max(last_language) as is_of_labels,
            min(query_text) <> max(last_query_text) as is_of_texts,
            min(surface) <> max(surface) as is_of_surfaces,
            min(first_visitor) <> max(last_visitor) as is_of_visitors,
            max(last_us) - min(first_us) > {apart_us} as is_of_times,
            sum(n_with_position) >= 3
            and max(last_position) - min(first_position)
            >= {far_positions} * (sum(n_with_position) - 1) as is_sparse
        from page_profiles
        group by query_id
    ),
    -- a stay of seconds that came at the very instant of its click, where it cannot
    -- have begun: whoever sent them gave them its own time, with all else of the visit
    instants as (
        select hash(d.visitor_id) as visitor, d.occurred_at_us as instant_us
        from page_outcomes as d
        join
            page_outcomes as c
            on c.query_id = d.query_id
            and c.product_id = d.product_id
            and c.occurred_at_us = d.occurred_at_us
        where
            d.event_type = 'dwell'
            and c.event_type = 'click'
            and d.dwell_ms >= 2000
            and d.occurred_at_us % 60000000 <> 0
        group by all
    ),
    odd as (
        select
            query_id,
            unnest(
                [
                    case when is_of_platforms then 'platform' end,
                    case when is_of_labels then 'labels' end,
                    case when is_of_texts then 'text' end,
                    case when is_of_surfaces then 'surface' end,
                    case when is_of_visitors then 'visitor' end,
                    case when is_of_times then 'time' end,
                    case when is_sparse then 'position' end
                ]
            ) as reason
        from pages
        where
            is_of_platforms
            or is_of_labels
            or is_of_texts
            or is_of_surfaces
            or is_of_visitors
            or is_of_times
            or is_sparse
        union
        select query_id, reason
        from
            (
                select
                    o.query_id,
                    unnest(
                        [
                            case
                                when
                                    (o.platform <> p.platform or o.surface <> p.surface)
                                    and event_type in ('click', 'dwell')
                                then 'outcome'
                            end,
                            case
                                when
                                    o.device <> p.device
                                    or o.country <> p.country
                                    or o.language <> p.language
                                then 'labels of outcome'
                            end,
                            case
                                when o.query_text <> p.query_text then 'text of outcome'
                            end
                        ]
                    ) as reason
                from page_outcomes as o
                join page_profiles as p using (query_id)
                where
                    event_type in ('click', 'dwell', 'add_to_cart', 'remove_from_cart')
                    and (
                        o.platform <> p.platform
                        or o.surface <> p.surface
                        or o.device <> p.device
                        or o.country <> p.country
                        or o.language <> p.language
                        or o.query_text <> p.query_text
                    )
            )
        where reason is not null
        union
        select o.query_id, 'instant'
        from page_outcomes as o
        join
            instants as i
            on hash(o.visitor_id) = i.visitor
            and o.occurred_at_us = i.instant_us
        union
        select query_id, 'instant'
        from page_profiles as p
        join
            instants as i
            on p.first_visitor = i.visitor
            and p.first_us = i.instant_us
            and p.last_us = i.instant_us
    ),
    rare as (
        select reason
        from odd
        group by reason
        having count(*) <= 0.05 * (select count(*) from pages)
    )
select query_id, list(distinct reason order by reason) as reasons
from odd
semi join rare using (reason)
where reason in ({reasons})
group by query_id
