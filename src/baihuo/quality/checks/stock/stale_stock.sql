-- Products whose stock was updated long ago, in categories where nearly all
-- are fresh.
-- {rows}            products: category, stock_units, updated_at_us
-- {fresh_days}      a figure of this age or less is fresh, days before the log's end
-- {stale_days}      an older figure is stale, days before the log's end
-- {min_fresh_share} share of a category that must be fresh, 0 to 1
-- {min_rows}        products that a category needs
with
    ages as (
        select
            import_id,
            line,
            category,
            stock_units,
            (end_us - updated_at_us) / 86400000000 as days_old
        from {rows}, log_end
        where stock_units is not null and updated_at_us is not null
    ),
    fresh_categories as (
        select
            category,
            avg(cast(days_old <= {fresh_days} as integer)) as fresh_share,
            median(days_old) as median_days_old
        from ages
        group by category
        having count(*) >= {min_rows} and fresh_share >= {min_fresh_share}
    )
select
    import_id,
    line,
    struct_pack(
        field := 'stock_units',
        stock_units := stock_units,
        days_old := round(days_old, 1),
        category_days_old := round(median_days_old, 1)
    ) as detail
from ages
join fresh_categories using (category)
where days_old > {stale_days}
