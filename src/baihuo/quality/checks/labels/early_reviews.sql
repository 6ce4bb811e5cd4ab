-- Findings: reviews of an order that was only placed later, by both clocks, in a log
-- where nearly all come after it. Of an order with several lines the first one counts.
--
-- {slack_us} clients send events out of order by less; µs
-- {max_share} of reviews whose order is known: more, and it is how the shop writes
-- times
with
    bought as (
        select order_id, occurred_at_us, received_at_us
        from purchases_and_reviews
        where event_type = 'purchase' and order_id is not null
        union all
        select order_id, occurred_at_us, received_at_us
        from raw
        where event_type = 'purchase' and order_id is not null
    ),
    ordered as (
        select
            order_id,
            min(occurred_at_us) as first_us,
            min(received_at_us) as first_received_us
        from bought
        group by order_id
    ),
    compared as (
        select
            r.*,
            first_us,
            r.occurred_at_us < first_us - {slack_us}
            and r.received_at_us < first_received_us - {slack_us} as is_early
        from purchases_and_reviews as r
        join ordered using (order_id)
        where event_type = 'review'
    )
select
    import_id,
    line,
    'row_against_order' as rule,
    'note' as action,
    'occurred_at_us' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'occurred_at_us',
                old := cast(occurred_at_us as varchar),
                order_id := order_id,
                hours_before_it := round((first_us - occurred_at_us) / 3.6e9, 1)
            )
        ) as varchar
    ) as detail
from compared
where
    is_early
    and (select count(*) filter (is_early) from compared)
    <= greatest(1, {max_share} * (select count(*) from compared))
