-- Rows of periods that look like a program's: import_id, line, visitor_id, nth (row of
-- the period), from_us, the numbers behind the score, reasons (a struct of evidence,
-- each 0 to 1), score (0 to 1).
-- {min_actions}       shorter periods are not scored
-- {pause_us}          a pause that ends a period, µs; a third of it still belongs to it
-- {evidence}          SQL of the columns of evidence
-- {reasons}           names of the evidence, as arguments of struct_pack
-- {prior}             the log-odds of a bot before any evidence
-- {weighted_evidence} SQL of the sum of weights times evidence
-- {min_score}         lower scores are left out
-- {max_clients}       from so many clients on it is many people under one id
with
    usual as (  -- what people do besides clicking, on days that were not busy
        select
            sum(n_dwells) / nullif(sum(n_clicks), 0) as dwells_per_click,
            sum(n_carts) / nullif(sum(n_clicks), 0) as carts_per_click,
            sum(n_clicks) / nullif(sum(n_impressions), 0) as clicks_per_impression
        from days
        where n_hand < {min_actions}
    ),
    gaps as (
        select
            *,
            at_us - lag(at_us) over (partition by visitor_id order by at_us) as gap_us,
            at_us - lag(at_us) over (
                partition by visitor_id, action order by at_us
            ) as own_gap_us
        from actions
    ),
    periods as (
        select
            *,
            sum(case when gap_us <= {pause_us} then 0 else 1 end) over (
                partition by visitor_id order by at_us rows unbounded preceding
            ) as period
        from gaps
    ),
    long_periods as (
        select
            visitor_id,
            period,
            count(*) as n_actions,
            min(at_us) as from_us,
            max(at_us) as to_us,
            count(distinct divide(at_us, 60000000)) as n_minutes
        from periods
        group by visitor_id, period
        having count(*) >= {min_actions}
    ),
    spreads as (  -- by kind of action: a page and the click on it follow each other at once
        select visitor_id, period, min((q[3] - q[1]) / q[2]) as gap_spread
        from
            (
                select
                    visitor_id, period, quantile_disc(own_gap_us, [0.1, 0.5, 0.9]) as q
                from periods
                where
                    own_gap_us between 500000 and {pause_us}
                    and own_gap_us % 60000000 <> 0  -- rounded times say nothing
                group by visitor_id, period, action
                having count(*) >= 40
            )
        group by visitor_id, period
    ),
    scored_rows as (
        select b.*, period, event_type in ('click', 'ad_click') as is_click
        from busy_rows as b
        join
            long_periods as p
            on p.visitor_id = b.visitor_id
            and b.at_us between p.from_us and p.to_us + divide({pause_us}, 3)
    ),
    measured as (
        select
            visitor_id,
            period,
            count(distinct client) as clients,
            count(*) filter (is_click) as clicks,
            count(distinct product_id) filter (is_click) as products,
            count(*) filter (
                event_type = 'dwell' and coalesce(dwell_ms, 1000) >= 1000
            ) as dwells,
            count(*) filter (event_type = 'impression') as impressions,
            count(*) filter (event_type in ('add_to_cart', 'purchase')) as carts
        from scored_rows
        group by visitor_id, period
    ),
    evidence as (
        select *, round((to_us - from_us) / 3.6e9, 2) as span_hours, {evidence}
        from measured
        join long_periods using (visitor_id, period)
        left join spreads using (visitor_id, period), usual
    ),
    scores as (
        select
            * replace (round(gap_spread, 3) as gap_spread),
            struct_pack({reasons}) as reasons,
            round(1 / (1 + exp(- ({prior} + {weighted_evidence}))), 3) as score
        from evidence
    )
select import_id, line, s.*
from scored_rows
join scores as s using (visitor_id, period)
where score >= {min_score} and clients < {max_clients}
