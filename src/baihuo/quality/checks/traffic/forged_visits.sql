-- Findings: every row of the newcomers of a group that a loop made.
-- {rows}       events: visitor_id
-- {score}      groups of this score or more
-- {is_odd_from} a group of so much odd shape is told apart by it: its others stay
with
    forged as (
        select *
        from scores
        where score >= {score} and (is_odd or odd_share < {is_odd_from})
        qualify
            row_number() over (partition by visitor_id order by score desc, product_id)
            = 1
    )
select
    r.import_id,
    r.line,
    'forged_visits' as rule,
    'quarantine' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                score := score,
                reasons := reasons,
                product_id := f.product_id,
                newcomers := n,
                expected := expected,
                day_from_us := f.day * 86400000000
            )
        ) as varchar
    ) as detail
from {rows} as r
join forged as f using (visitor_id)
