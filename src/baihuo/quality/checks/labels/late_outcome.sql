-- Findings: outcomes within the attribution window that we received after it had
-- closed.
--
-- {window_us} attribution window, µs
-- {late_us} that an outcome may be longer on its way than its impression, µs
select
    import_id,
    line,
    'late_outcome' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                minutes_late := round(
                    (received_at_us - impression_received_us - {window_us})
                    / 60000000.0,
                    1
                ),
                minutes_after_impression
                := round((occurred_at_us - impression_us) / 60000000.0, 1)
            )
        ) as varchar
    ) as detail
from doubtful_outcomes
where
    event_type in ('click', 'add_to_cart', 'purchase')
    and occurred_at_us <= impression_us + {window_us}
    and received_at_us > impression_received_us + {window_us}
    and (received_at_us - occurred_at_us) - (impression_received_us - impression_us)
    > {late_us}
