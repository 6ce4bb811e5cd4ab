-- Findings: rows of two visitors who did the same things at the same moments, time
-- after
-- time. Popular products meet by chance; the same pair of visitors does so once.
-- {rows}      events
-- {within_us} between the two rows of a moment
-- {least}     moments that a pair of visitors has in common; impressions come by the
-- page
with
    met as (
        select
            visitor_id,
            lag(visitor_id) over moment as other_id,
            occurred_at_us,
            occurred_at_us - lag(occurred_at_us) over moment as after_us
        from {rows}
        where
            event_type <> 'impression'
            and visitor_id is not null
            and (product_id is not null or query_text is not null)
        window
            moment as (
                partition by event_type, product_id, query_text
                order by occurred_at_us, visitor_id
            )
    ),
    pairs as (
        select
            least(visitor_id, other_id) as one,
            greatest(visitor_id, other_id) as another,
            count(distinct floor(occurred_at_us / 10000000)) as n_moments,
            median(after_us) as apart_us
        from met
        where other_id <> visitor_id and after_us <= {within_us}
        group by one, another
        having n_moments >= {least}
    ),
    of_pairs as (
        select *
        from {rows}
        join
            (select *, unnest([one, another]) as visitor_id from pairs) using (
                visitor_id
            )
    )
select distinct
    on (a.import_id, a.line)
    a.import_id,
    a.line,
    'visitors_in_step' as rule,
    'note' as action,
    null as field,
    null as new,
    cast(
        to_json(
            struct_pack(
                visitor := a.one,
                other := a.another,
                moments := a.n_moments,
                apart_ms := round(a.apart_us / 1000)
            )
        ) as varchar
    ) as detail
from of_pairs as a
join
    of_pairs as b
    on a.one = b.one
    and a.another = b.another
    and a.visitor_id <> b.visitor_id
    and a.event_type = b.event_type
    and a.product_id is not distinct from b.product_id
    and a.query_text is not distinct from b.query_text
    and abs(a.occurred_at_us - b.occurred_at_us) <= {within_us}
order by a.import_id, a.line, a.n_moments desc, a.one, a.another
