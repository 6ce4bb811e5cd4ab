-- Findings: coordinated clicks, each with the counts of its hour.
select
    import_id,
    line,
    'crowd' as rule,
    'quarantine' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                clicks_in_hour := n,
                of_visitors_of_nothing_else := n_click_only,
                hour_from_us := from_us
            )
        ) as varchar
    ) as detail
from coordinated_hours
