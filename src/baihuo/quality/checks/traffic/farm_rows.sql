-- Findings: every row of newcomers who all stayed on one product for the same time.
-- {rows} events: visitor_id
select
    import_id,
    line,
    'crowd' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                product_id := product_id,
                newcomers := n,
                all_stayed_ms := round(stay_ms),
                hour_from_us := from_us
            )
        ) as varchar
    ) as detail
from {rows} as r
join
    (
        select *
        from farms
        qualify row_number() over (partition by visitor_id order by product_id) = 1
    ) using (visitor_id)
