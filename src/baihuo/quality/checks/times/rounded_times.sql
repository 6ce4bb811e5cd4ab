-- Findings: times of a visitor that a short float rounded to about two minutes, so that
-- all are whole multiples of a power of two. Ours is taken where it is near.
--
-- {rows}       events: visitor_id, occurred_at_us, received_at_us
-- {min_events} of a visitor: of any other times one in millions is so round
with
    rounded as (
        select import_id, line, visitor_id, occurred_at_us, received_at_us
        from {rows}
        where
            (occurred_at_us % 134217728 = 0 or occurred_at_us % 131072000 = 0)
            and occurred_at_us <> received_at_us
            and occurred_at_us > 0
            and occurred_at_us % 60000000 <> 0  -- whole minutes and days are so now and then
    ),
    near as (
        select *, abs(received_at_us - occurred_at_us) <= 300000000 as is_near
        from rounded
        semi join
            (
                select visitor_id
                from rounded
                group by visitor_id
                having count(*) >= {min_events} and count(distinct occurred_at_us) >= 2
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
