-- TODO: what its rows are
-- {late_us}
-- {none}
-- {window_us}
select
    import_id,
    line,
    'late_outcome' as rule,
    'note' as action,
    {none} as field,
    {none} as new,
    cast(
        to_json(
            struct_pack(
                minutes_late
                := round((received_at_us - heard_us - {window_us}) / 60000000.0, 1),
                minutes_after_impression
                := round((occurred_at_us - shown_us) / 60000000.0, 1)
            )
        ) as varchar
    ) as detail
from outcomes
where
    event_type in ('click', 'add_to_cart', 'purchase')
    and occurred_at_us <= shown_us + {window_us}
    and received_at_us > heard_us + {window_us}
    and (received_at_us - occurred_at_us) - (heard_us - shown_us) > {late_us}
