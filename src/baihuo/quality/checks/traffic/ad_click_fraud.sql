-- Findings: clicks of visitors, or on an ad in an hour, at rates beyond chance; of two
-- such rates the less likely one.
select
    import_id,
    line,
    'ad_click_fraud' as rule,
    'quarantine' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                "of" := coalesce(f.visitor_id, 'ad ' || f.product_id),
                hour_from_us := f.hour * 3600000000,
                shown := n_shown,
                clicks := n_clicks,
                usual_rate := round(f.usual_rate, 4),
                p := p
            )
        ) as varchar
    ) as detail
from
    (
        select
            c.import_id,
            c.line,
            r.visitor_id,
            r.product_id,
            r.hour,
            n_shown,
            n_clicks,
            usual_rate,
            p
        from testable_clicks as c
        join unlikely_rates as r on r.visitor_id = c.visitor_id
        union all
        select
            c.import_id,
            c.line,
            r.visitor_id,
            r.product_id,
            r.hour,
            n_shown,
            n_clicks,
            usual_rate,
            p
        from testable_clicks as c
        join
            unlikely_rates as r
            on r.product_id = c.product_id
            and r.hour = divide(c.at_us, 3600000000)
    ) as f
qualify
    row_number() over (partition by import_id, line order by p, f.visitor_id nulls last)
    = 1
