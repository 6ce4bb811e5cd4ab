-- Clicks of visitors who click many times more of the ads shown to them than visitors
-- of
-- few clicks do: import_id, line, visitor_id, n_shown, n_clicks, usual_rate.
-- {min_clicks} rates of fewer clicks prove nothing
-- {times}      so many times the usual rate
with
    shown as (
        select visitor_id, count(*) as n_shown
        from ads
        where event_type = 'ad_impression'
        group by visitor_id
    ),
    clicked as (
        select visitor_id, count(*) as n_clicks
        from clicks
        where is_testable and is_shown and not is_again
        group by visitor_id
    ),
    usual as (
        select
            greatest(coalesce(sum(n_clicks) / sum(n_shown), 0.02), 0.001) as usual_rate
        from shown
        left join clicked using (visitor_id)
        where coalesce(n_clicks, 0) < {min_clicks}
    ),
    rates as (
        select visitor_id, n_shown, n_clicks, round(usual_rate, 4) as usual_rate
        from clicked
        join shown using (visitor_id), usual
        where
            n_clicks >= {min_clicks}
            and n_clicks >= least({times} * usual_rate, 0.9) * n_shown
    )
select import_id, line, visitor_id, n_shown, n_clicks, usual_rate
from clicks
join rates using (visitor_id)
where is_testable
