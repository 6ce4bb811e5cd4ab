-- Quantities far from what is bought, or put into a cart, otherwise: by the median and
-- MAD of logarithms over the type of event, and beyond a gap, as orders of shops that
-- sell to shops go up to any size, step by step.
-- {rows}           events: event_type, quantity
-- {max_deviations} so many robust standard deviations off
-- {gap}            times the next lower quantity
-- {min_rows}       of a type, before its median counts
with
    logs as (select *, ln(quantity) as log_quantity from {rows} where quantity > 0),
    medians as (
        select event_type, median(log_quantity) as usual
        from logs
        group by event_type
        having count(*) >= {min_rows}
    ),
    spreads as (
        select
            event_type,
            any_value(usual) as usual,
            greatest(1.4826 * median(abs(log_quantity - usual)), 0.5) as spread
        from logs
        join medians using (event_type)
        group by event_type
    ),
    steps as (
        select
            *,
            log_quantity - lag(log_quantity) over (
                partition by event_type order by log_quantity
            ) as step
        from (select distinct event_type, log_quantity from logs)
    ),
    gaps as (
        select event_type, min(log_quantity) as beyond
        from steps
        join medians using (event_type)
        where step > ln({gap}) and log_quantity > usual
        group by event_type
    )
select *, round(exp(usual), 1) as usually
from logs
join spreads using (event_type)
join gaps using (event_type)
where log_quantity >= beyond and log_quantity - usual > {max_deviations} * spread
