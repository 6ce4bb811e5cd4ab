-- TODO: what its rows are
-- {absurd_units}
-- {log}
-- {max_deviations}
-- {min_rows}
-- {note}
-- {rows}
with
    told as materialized(
        select import_id, line, category, stock_units, ln(stock_units) as size
        from {rows}
        where stock_units > 0 and category <> ''
    ),
    middled as (
        select category, median(size) as middle
        from told
        group by category
        having count(*) >= {min_rows}
    ),
    spread as (
        select
            category,
            any_value(middle) as middle,
            1.4826 * median(abs(size - middle)) as deviation
        from told
        join middled using (category)
        group by category
    ),
    habits as (
        select stock_units
        from told
        group by stock_units
        having count(*) >= greatest(5, 0.01 * (select count(*) from told))
    )
select
    import_id,
    line,
    'absurd_stock' as rule,
    {note},
    cast(
        to_json(
            struct_pack(
                field := 'stock_units',
                stock_units := stock_units,
                usual := cast(round(exp(middle)) as bigint)
            )
        ) as varchar
    ) as detail
from told
join spread using (category)
where
    stock_units >= {absurd_units}
    and size - middle >= {log}
    and size - middle >= {max_deviations} * greatest(deviation, 0.1)
    and stock_units not in (select stock_units from habits)
