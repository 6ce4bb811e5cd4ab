-- TODO: what its rows are
-- {at}
-- {late_us}
-- {none}
select
    import_id,
    line,
    'purchase_before_view' as rule,
    'quarantine' as action,
    {none} as field,
    {none} as new,
    cast(
        to_json(
            struct_pack(bought_at_us := {at}, seen_at_us := first_view_us)
        ) as varchar
    ) as detail
from
    (
        select *
        from bought
        where first_view_us is null or first_view_us > {at} + {late_us}
    )
anti join unsure using (visitor_id, product_id)
