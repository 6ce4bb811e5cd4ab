-- Spans (hours, days) in which a log has next to none of the visitors that it usually
-- has: platform (null: of all), starts_us, ends_us.
-- {rows}      events: event_type, platform, visitor_id, occurred_at_us
-- {types}     of events, an SQL list
-- {span_us}   an hour or a day, µs
-- {n_spans}   after so many spans the same is usual: hours of a day, days of a week
-- {max_share} of the usual visitors, 0 to 1
-- {min_usual} visitors of a span; fewer may stay away by chance
with
    visits as (
        select distinct platform, divide(occurred_at_us, {span_us}) as span, visitor_id
        from {rows}
        where event_type in {types}
    ),
    counted as (
        select platform, span, count(*) as n
        from visits
        where platform is not null
        group by platform, span
        union all
        select null, span, count(*)
        from visits
        group by span
    ),
    spans as (
        select platform, unnest(range(min(span), max(span) + 1)) as span
        from counted
        group by platform
        having max(span) - min(span) < 1000000
    ),
    compared as (
        select
            s.platform,
            s.span,
            coalesce(n, 0) as n,
            median(coalesce(n, 0)) over (
                partition by s.platform, s.span % {n_spans}
            ) as usual
        from spans as s
        left join
            counted as c
            on c.span = s.span
            and c.platform is not distinct from s.platform
    )
select platform, span * {span_us} as starts_us, (span + 1) * {span_us} as ends_us
from compared
where n <= {max_share} * usual and usual >= {min_usual}
