-- Products of which more was bought since the last update than there was.
-- {min_excess_units} units beyond what there was; fewer are a race between systems
-- {min_excess_share} and this share of what there was
-- {max_single_units} bought at once; a larger line alone may be the error
select
    import_id,
    line,
    stock_units,
    struct_pack(
        field := 'stock_units',
        stock_units := stock_units,
        sold_since := n_units,
        n_purchases := n_purchases,
        told_at_us := updated_at_us
    ) as detail
from sold_since_update
where
    n_units - stock_units
    >= greatest({min_excess_units}, {min_excess_share} * stock_units)
    and (n_purchases >= 2 or n_units <= {max_single_units})
