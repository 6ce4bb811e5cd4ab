-- Findings: clicks on an ad that the visitor had just clicked, not shown again in
-- between.
select
    import_id,
    line,
    'ad_click_again' as rule,
    'quarantine' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                clicked_before_us := before_us,
                seconds_later := round((at_us - before_us) / 1e6, 1)
            )
        ) as varchar
    ) as detail
from clicks
where is_repeat
