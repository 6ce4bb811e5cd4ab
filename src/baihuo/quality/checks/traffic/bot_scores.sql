-- TODO: what its rows are
-- {evidence}
-- {least}
-- {logit}
-- {note}
-- {prior}
-- {reasons}
with
    long as (
        select
            who,
            stint,
            count(*) as n_acts,
            min(at_us) as from_us,
            max(at_us) as to_us,
            max(at_us) - min(at_us) as span_us,
            count(distinct divide(at_us, 60000000)) as n_minutes,
            count(distinct divide(at_us, 3600000000)) as n_hours
        from stints
        group by who, stint
        having count(*) >= {least}
    ),
    spreads as (  -- of pages alone or clicks alone: a page and its click follow each other at once
        select who, stint, min((q[3] - q[1]) / q[2]) as gap_spread
        from
            (
                select
                    who, stint, kind, quantile_disc(kind_gap_us, [0.1, 0.5, 0.9]) as q
                from stints
                where kind_gap_us is not null
                group by who, stint, kind
                having count(*) >= 40
            )
        group by who, stint
    ),
    runs as (  -- without ten seconds to look at anything
        select who, stint, max(n) as longest_run
        from (select who, stint, count(*) as n from stints group by who, stint, run)
        group by who, stint
    ),
    sums as (
        select
            l.who,
            l.stint,
            count(distinct client) as n_clients,
            count(*) filter (event_type in ('click', 'ad_click')) as n_clicks,
            count(*) filter (
                event_type = 'dwell' and coalesce(dwell_ms, 1000) >= 1000
            ) as n_dwells,
            count(*) filter (event_type = 'impression') as n_impressions,
            count(*) filter (event_type = 'search') as n_searches,
            count(*) filter (event_type = 'add_to_cart') as n_carts,
            count(*) filter (event_type = 'purchase') as n_lines,
            count(product_id) filter (
                event_type in ('click', 'ad_click')
            ) as n_about_clicked,
            count(distinct product_id) filter (
                event_type in ('click', 'ad_click')
            ) as n_clicked,
            count(product_id) filter (event_type = 'impression') as n_about_seen,
            count(distinct product_id) filter (event_type = 'impression') as n_seen
        from long as l
        join busy as b on b.who = l.who and b.at_us between l.from_us and l.to_us
        group by l.who, l.stint
    ),
    numbers as (
        select
            *,
            case when n_clicks >= 20 then n_clicked else n_seen end as n_products,
            case
                when n_clicks >= 20 then n_about_clicked else n_about_seen
            end as n_about
        from long
        join sums using (who, stint)
        join runs using (who, stint)
        left join spreads using (who, stint)
    ),
    evidence as (select *, {evidence} from numbers)
select
    who,
    from_us,
    to_us,
    n_clients,
    n_acts,
    n_clicks,
    n_dwells,
    n_impressions,
    n_carts,
    n_products,
    round(span_us / 3.6e9, 2) as span_hours,
    round(n_acts / n_minutes, 2) as acts_per_minute,
    round(gap_spread, 3) as gap_spread,
    longest_run,
    struct_pack({reasons}) as reasons,
    score
from (select *, round(1 / (1 + exp(- ({prior} + {logit}))), 3) as score from evidence)
where score >= {note}
