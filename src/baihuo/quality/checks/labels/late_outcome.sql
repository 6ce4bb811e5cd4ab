-- Outcomes within the attribution window that we received after it had closed.
-- {window_us} attribution window, µs
-- {late_us}   that an outcome may be longer on its way than its impression, µs
select
    import_id,
    line,
    struct_pack(
        minutes_late
        := round((received_at_us - impression_received_us - {window_us}) / 6e7, 1),
        minutes_after_impression := round((occurred_at_us - impression_us) / 6e7, 1)
    ) as detail
from outcomes
where
    event_type in ('click', 'add_to_cart', 'purchase')
    and occurred_at_us <= impression_us + {window_us}
    and received_at_us > impression_received_us + {window_us}
    and (received_at_us - occurred_at_us) - (impression_received_us - impression_us)
    > {late_us}
