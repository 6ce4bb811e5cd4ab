-- TODO: what its rows are
-- {day_us}
-- {fresh_days}
-- {min_fresh_share}
-- {min_rows}
-- {note}
-- {rows}
-- {stale_days}
with
    aged as (
        select
            import_id,
            line,
            category,
            stock_units,
            (end_us - updated_at_us) / {day_us} as days
        from {rows}, ends
        where stock_units is not null and updated_at_us is not null
    ),
    shelves as (
        select
            category,
            avg(cast(days <= {fresh_days} as integer)) as fresh,
            median(days) as usual
        from aged
        group by category
        having count(*) >= {min_rows} and fresh >= {min_fresh_share}
    )
select
    import_id,
    line,
    'stale_stock' as rule,
    {note},
    cast(
        to_json(
            struct_pack(
                field := 'stock_units',
                stock_units := stock_units,
                days_old := round(days, 1),
                category_days_old := round(usual, 1)
            )
        ) as varchar
    ) as detail
from aged
join shelves using (category)
where days > {stale_days}
