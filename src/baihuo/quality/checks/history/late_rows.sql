-- Findings: rows long after (or before) the others of their page and type, or purchases
-- of their order, where 95 of 100 pages, or orders, take a small part of that time.
-- {rows}     events
-- {least_us} a shorter time is none, µs
-- {times}    what 95 of 100 take
-- {min_ids}  pages, or orders, of a type before it is known what they take
with
    of_ids as (
        select
            import_id,
            line,
            event_type,
            occurred_at_us,
            'query_id' as key,
            query_id as id
        from {rows}
        where query_id is not null
        union all
        select import_id, line, event_type, occurred_at_us, 'order_id', order_id
        from {rows}
        where event_type = 'purchase' and order_id is not null
    ),
    ids as (
        select
            key,
            id,
            event_type,
            min(occurred_at_us) as first_us,
            max(occurred_at_us) - first_us as span_us
        from of_ids
        group by key, id, event_type
    ),
    usual as (
        select
            key,
            event_type,
            greatest({least_us}, {times} * quantile_cont(span_us, 0.95)) as usual_us
        from ids
        group by key, event_type
        having count(*) >= {min_ids}
    ),
    long as (
        select * from ids join usual using (key, event_type) where span_us > usual_us
    ),
    apart as (
        select
            *,
            occurred_at_us - first_us > usual_us as is_late,
            count(*) filter (is_late) over one as n_late,
            count(*) over one as n
        from of_ids
        join long using (key, id, event_type)
        window one as (partition by key, id, event_type)
    )
select distinct
    on (import_id, line)
    import_id,
    line,
    'far_from_its_id' as rule,
    'note' as action,
    'occurred_at_us' as field,
    null as new,
    cast(
        to_json(
            struct_pack(
                key := key,
                id := id,
                hours := round(span_us / 3.6e9, 1),
                usual_hours := round(usual_us / {times} / 3.6e9, 2)
            )
        ) as varchar
    ) as detail
from apart
where is_late = (2 * n_late <= n)
order by import_id, line, key
