-- Products with stock, and what was bought of them since the figure was updated, less
-- what was cancelled: import_id, line, product_id, stock_units, updated_at_us,
-- n_units, n_purchases.
-- {rows} products: product_id, stock_units, updated_at_us
with
    figures as (
        select import_id, line, product_id, stock_units, updated_at_us
        from {rows}
        where stock_units >= 0 and updated_at_us is not null
    ),
    sold as (
        select
            f.import_id,
            f.line,
            count(*) filter (e.event_type = 'purchase') as n_purchases,
            sum(
                case e.event_type when 'purchase' then 1 else -1 end
                * least(greatest(coalesce(e.quantity, 1), 0), 1000)
            ) as n_units
        from
            (
                select
                    event_id,
                    any_value(product_id) as product_id,
                    any_value(event_type) as event_type,
                    any_value(quantity) as quantity,
                    min(received_at_us) as received_at_us
                from events
                where event_type in ('purchase', 'cancel')
                group by event_id
            ) as e
        join figures as f using (product_id)
        where e.received_at_us > f.updated_at_us
        group by f.import_id, f.line
    )
select figures.*, sold.n_units, sold.n_purchases
from figures
join sold using (import_id, line)
