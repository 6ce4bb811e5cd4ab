-- Findings: stock far above what products of the category have. A figure that many
-- products carry is a habit of the shop (9999: always there), not an error.
-- {rows}           products: category, stock_units
-- {min_rows}       products that a category needs
-- {absurd_units}   fewer units are not absurd anywhere
-- {absurd_ratio}   times the category's median
-- {max_deviations} and so many robust standard deviations above it, on the log scale
with
    figures as materialized(
        select import_id, line, category, stock_units, ln(stock_units) as log_units
        from {rows}
        where stock_units > 0 and category <> ''
    ),
    medians as (
        select category, median(log_units) as median_log
        from figures
        group by category
        having count(*) >= {min_rows}
    ),
    spreads as (
        select
            category,
            any_value(median_log) as median_log,
            1.4826 * median(abs(log_units - median_log)) as deviation
        from figures
        join medians using (category)
        group by category
    ),
    habits as (
        select stock_units
        from figures
        group by stock_units
        having count(*) >= greatest(5, 0.01 * (select count(*) from figures))
    )
select
    import_id,
    line,
    'absurd_stock' as rule,
    'note' as action,
    'stock_units' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'stock_units',
                stock_units := stock_units,
                usual := cast(round(exp(median_log)) as bigint)
            )
        ) as varchar
    ) as detail
from figures
join spreads using (category)
where
    stock_units >= {absurd_units}
    and log_units - median_log >= ln({absurd_ratio})
    and log_units - median_log >= {max_deviations} * greatest(deviation, 0.1)
    and stock_units not in (select stock_units from habits)
