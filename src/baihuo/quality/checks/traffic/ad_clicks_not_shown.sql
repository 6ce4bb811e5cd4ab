-- Findings: clicks on an ad that the visitor had not been shown.
select
    import_id,
    line,
    'ad_click_not_shown' as rule,
    'quarantine' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(to_json(struct_pack(clicked_at_us := at_us)) as varchar) as detail
from testable_clicks
where not is_shown and not is_repeat
