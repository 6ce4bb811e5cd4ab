-- TODO: what its rows are
-- {excess}
-- {note}
select
    import_id,
    line,
    case
        when stock_units = 0 then 'sold_without_stock' else 'sold_beyond_stock'
    end as rule,
    {note},
    cast(
        to_json(
            struct_pack(
                field := 'stock_units',
                stock_units := stock_units,
                sold_since := units,
                n_purchases := n_purchases,
                told_at_us := updated_at_us
            )
        ) as varchar
    ) as detail
from moved
where units - stock_units >= {excess} and n_purchases >= 2
