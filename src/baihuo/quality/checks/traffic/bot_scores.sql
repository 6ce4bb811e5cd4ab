-- Periods of a visitor that look like a program's: actor, from_us, to_us, the numbers
-- behind the score, reasons (a struct of evidence, each 0 to 1), score (0 to 1).
-- {min_actions}       shorter periods are not scored
-- {evidence}          SQL of the columns of evidence
-- {reasons}           names of the evidence, as arguments of struct_pack
-- {prior}             the log-odds of a bot before any evidence
-- {weighted_evidence} SQL of the sum of weights times evidence
-- {note_score}        lower scores are left out
with
    long_periods as (
        select
            actor,
            period,
            count(*) as n_actions,
            min(at_us) as from_us,
            max(at_us) as to_us,
            max(at_us) - min(at_us) as span_us,
            count(distinct divide(at_us, 60000000)) as n_minutes,
            count(distinct divide(at_us, 3600000000)) as n_hours
        from periods
        group by actor, period
        having count(*) >= {min_actions}
    ),
    spreads as (  -- by kind of action: a page and the click on it follow each other at once
        select actor, period, min((q[3] - q[1]) / q[2]) as gap_spread
        from
            (
                select
                    actor,
                    period,
                    action,
                    quantile_disc(action_gap_us, [0.1, 0.5, 0.9]) as q
                from periods
                where action_gap_us is not null
                group by actor, period, action
                having count(*) >= 40
            )
        group by actor, period
    ),
    bursts as (
        select actor, period, max(n) as longest_burst
        from
            (
                select actor, period, count(*) as n
                from periods
                group by actor, period, burst
            )
        group by actor, period
    ),
    event_counts as (
        select
            p.actor,
            p.period,
            count(distinct client) as n_clients,
            count(*) filter (event_type in ('click', 'ad_click')) as n_clicks,
            count(*) filter (
                event_type = 'dwell' and coalesce(dwell_ms, 1000) >= 1000
            ) as n_dwells,
            count(*) filter (event_type = 'impression') as n_impressions,
            count(*) filter (event_type = 'search') as n_searches,
            count(*) filter (event_type = 'add_to_cart') as n_carts,
            count(*) filter (event_type = 'purchase') as n_order_lines,
            count(product_id) filter (
                event_type in ('click', 'ad_click')
            ) as n_product_clicks,
            count(distinct product_id) filter (
                event_type in ('click', 'ad_click')
            ) as n_clicked,
            count(product_id) filter (
                event_type = 'impression'
            ) as n_product_impressions,
            count(distinct product_id) filter (event_type = 'impression') as n_seen
        from long_periods as p
        join
            busy_rows as b
            on b.actor = p.actor
            and b.at_us between p.from_us and p.to_us
        group by p.actor, p.period
    ),
    measured as (
        select
            *,
            case when n_clicks >= 20 then n_clicked else n_seen end as n_products,
            case
                when n_clicks >= 20 then n_product_clicks else n_product_impressions
            end as n_product_events
        from long_periods
        join event_counts using (actor, period)
        join bursts using (actor, period)
        left join spreads using (actor, period)
    ),
    evidence as (select *, {evidence} from measured)
select
    actor,
    from_us,
    to_us,
    n_clients,
    n_actions,
    n_clicks,
    n_dwells,
    n_impressions,
    n_carts,
    n_products,
    round(span_us / 3.6e9, 2) as span_hours,
    round(n_actions / n_minutes, 2) as actions_per_minute,
    round(gap_spread, 3) as gap_spread,
    longest_burst,
    struct_pack({reasons}) as reasons,
    score
from
    (
        select *, round(1 / (1 + exp(- ({prior} + {weighted_evidence}))), 3) as score
        from evidence
    )
where score >= {note_score}
