-- TODO: what its rows are
-- {nulls}
select
    import_id,
    line,
    'ad_click_fraud' as rule,
    'quarantine' as action,
    {nulls},
    cast(
        to_json(
            struct_pack(
                "of" := coalesce(f.visitor_id, 'ad ' || f.product_id),
                hour_from_us := f.hour * 3600000000,
                shown := n_shown,
                clicks := n_clicks,
                usual_rate := round(usual, 4),
                p := p
            )
        ) as varchar
    ) as detail
from
    (
        select
            c.import_id,
            c.line,
            f.visitor_id,
            f.product_id,
            f.hour,
            n_shown,
            n_clicks,
            usual,
            p
        from judged as c
        join frauds as f on f.visitor_id = c.visitor_id
        union all
        select
            c.import_id,
            c.line,
            f.visitor_id,
            f.product_id,
            f.hour,
            n_shown,
            n_clicks,
            usual,
            p
        from judged as c
        join
            frauds as f
            on f.product_id = c.product_id
            and f.hour = divide(c.at_us, 3600000000)
    ) as f
qualify
    row_number() over (partition by import_id, line order by p, f.visitor_id nulls last)
    = 1
