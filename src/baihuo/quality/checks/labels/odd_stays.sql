-- Findings: stays that the time since their click contradicts, and stays without a
-- click where nearly all have one.
--
-- A stay is in another unit where it is a thousandth of that time (or a thousand times
-- it), in a log where most stays are that time. It is too long where the product was
-- opened later than it began, in a log where hardly any is. A click that was taken out,
-- or lost its page or product, was still made.
-- {max_share} of stays, without a click: more, and clicks are not logged
-- {max_longer} of stays, longer than the time since their first click: more, and a stay
-- counts more than that
with
    clicks as (
        select query_id, product_id, occurred_at_us
        from page_outcomes
        where event_type = 'click' and product_id is not null
    ),
    stays as (
        select
            d.import_id,
            d.line,
            any_value(d.product_id) as product_id,
            any_value(dwell_ms) as stay_ms,
            any_value(d.query_id) as query_id,
            max(c.occurred_at_us) is not null as has_click,
            (
                any_value(d.occurred_at_us)
                - max(c.occurred_at_us) filter (c.occurred_at_us < d.occurred_at_us)
            )
            / 1000 as since_ms,
            (any_value(d.occurred_at_us) - min(c.occurred_at_us))
            / 1000 as since_first_ms,
            any_value(d.visitor_id) as visitor_id,
            any_value(d.occurred_at_us) as occurred_at_us,
            any_value(d.position) as position,
            since_first_ms > 0 and stay_ms > 1.2 * since_first_ms + 3000 as is_longer
        from page_outcomes as d
        left join clicks as c on c.query_id = d.query_id and c.product_id = d.product_id
        where event_type = 'dwell' and d.product_id is not null
        group by d.import_id, d.line
    ),
    usual as (
        select
            count(*) as n,
            count(*) filter (not has_click) as n_without,
            count(*) filter (has_click) as n_with,
            count(*) filter (
                stay_ms between 0.8 * since_ms and 1.2 * since_ms
            ) as n_as_long,
            count(*) filter (is_longer) as n_longer
        from stays
    ),
    without as (
        select stays.*
        from stays, usual
        where
            not has_click
            and n_without <= {max_share} * n
            and query_id in (select query_id from page_profiles)
    ),
    longer as (
        select stays.*
        from stays, usual
        where
            is_longer
            and n_longer <= {max_longer} * n_with
            and n_as_long >= 0.7 * n_with
            and n_with >= 30
    ),
    -- what may be the click of one of them, as it came; its type may be misspelt
    made as materialized(
        select query_id, product_id, visitor_id, position, occurred_at_us, event_type
        from raw
        where
            (event_type is null or event_type not in ('impression', 'search', 'dwell'))
            and (
                query_id in (select query_id from without)
                or query_id in (select query_id from longer)
                or visitor_id in (select visitor_id from without)
            )
    )
select
    import_id,
    line,
    'row_against_page' as rule,
    'note' as action,
    'dwell_ms' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'dwell_ms',
                old := cast(stay_ms as varchar),
                since_click_ms := round(since_ms)
            )
        ) as varchar
    ) as detail
from stays, usual
where
    has_click
    and n_as_long >= 0.7 * n_with
    and n_with >= 30
    and (
        stay_ms * 1000 between 0.9 * since_ms - 1000 and 1.1 * since_ms + 1000
        or stay_ms between 500 * since_ms and 2000 * since_ms
    )
    and stay_ms > 0
    and since_ms > 2000
union all
select
    import_id,
    line,
    'row_against_page',
    'note',
    cast(null as varchar),
    cast(null as varchar),
    cast(to_json(struct_pack(query_id := query_id, without := 'a click')) as varchar)
from without as s
where
    not exists (
        select 1
        from made as m
        where m.query_id = s.query_id and m.product_id = s.product_id
    )
    and not exists (
        select 1
        from made as m
        where m.query_id = s.query_id and m.position = s.position
    )
    and not exists (
        select 1
        from made as m
        where
            m.visitor_id = s.visitor_id
            and m.product_id = s.product_id
            and m.query_id is distinct from s.query_id
            and m.occurred_at_us
            between s.occurred_at_us - 2000 * s.stay_ms - 60000000 and s.occurred_at_us
    )
union all
select
    import_id,
    line,
    'row_against_page',
    'note',
    'dwell_ms',
    cast(null as varchar),
    cast(
        to_json(
            struct_pack(
                field := 'dwell_ms',
                old := cast(stay_ms as varchar),
                since_click_ms := round(since_first_ms)
            )
        ) as varchar
    )
from longer as s
where
    -- a click whose time was another as it came
    not exists (
        select 1
        from made as m
        where
            m.query_id = s.query_id
            and m.product_id = s.product_id
            and m.occurred_at_us < s.occurred_at_us - 900 * s.stay_ms
    )
    and not (
        stay_ms * 1000 between 0.9 * since_ms - 1000 and 1.1 * since_ms + 1000
        or stay_ms between 500 * since_ms and 2000 * since_ms
    )
