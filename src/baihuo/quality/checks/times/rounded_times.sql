-- Findings: times of a visitor that a short float rounded to about two minutes, so that
-- nearly all are whole multiples of a power of two. Ours is taken where it is near.
--
-- {rows}       events: visitor_id, occurred_at_us, received_at_us
-- {min_events} of a visitor, at least
-- {min_share}  of a visitor's times: of any times in whole seconds one in 16,384 is so
with
    rounded as materialized(
        select import_id, line, visitor_id, occurred_at_us, received_at_us
        from {rows}
        where
            (occurred_at_us % 134217728 = 0 or occurred_at_us % 131072000 = 0)
            and occurred_at_us <> received_at_us
            and occurred_at_us > 0
            and occurred_at_us % 60000000 <> 0  -- whole minutes and days are so now and then
    ),
    busy as (
        select visitor_id, count(*) as n
        from {rows}
        semi join rounded using (visitor_id)
        group by visitor_id
    ),
    near as (
        select *, abs(received_at_us - occurred_at_us) <= 300000000 as is_near
        from rounded
        semi join
            (
                select visitor_id
                from rounded
                join busy using (visitor_id)
                group by visitor_id
                having
                    count(*) >= {min_events}
                    and count(distinct occurred_at_us) >= {min_events}
                    and count(*) >= {min_share} * any_value(n)
            ) using (visitor_id)
    )
select
    import_id,
    line,
    'stuck_clock' as rule,
    case when is_near then 'repair' else 'note' end as action,
    'occurred_at_us' as field,
    case when is_near then cast(received_at_us as varchar) end as new,
    cast(
        to_json(
            struct_pack(
                field := 'occurred_at_us',
                old := cast(occurred_at_us as varchar),
                new := case when is_near then cast(received_at_us as varchar) end,
                because := 'rounded to two minutes'
            )
        ) as varchar
    ) as detail
from near
