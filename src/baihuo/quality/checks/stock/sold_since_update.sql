-- TODO: what its rows are
-- {rows}
with
    told as (
        select import_id, line, product_id, stock_units, updated_at_us
        from {rows}
        where stock_units >= 0 and updated_at_us is not null
    ),
    since as (
        select
            t.import_id,
            t.line,
            count(*) filter (e.event_type = 'purchase') as n_purchases,
            sum(
                case e.event_type when 'purchase' then 1 else -1 end
                * least(greatest(coalesce(e.quantity, 1), 0), 1000)
            ) as units
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
        join told as t using (product_id)
        where e.received_at_us > t.updated_at_us
        group by t.import_id, t.line
    )
select told.*, since.units, since.n_purchases
from told
join since using (import_id, line)
