"""Checks of traffic: floods, coordinated clicks, clicks on ads, bots."""

from __future__ import annotations

from suites.line.by_hand.words import DAY, HOUR, MINUTE, US, finding

# a hundred clicks within fifty seconds
FLOODS = f"""
    WITH busy AS MATERIALIZED (
        SELECT line, visitor_id, occurred_at_us AS at_us, row_number() OVER (PARTITION BY visitor_id ORDER BY occurred_at_us, line) AS i
        FROM e SEMI JOIN (SELECT visitor_id, occurred_at_us // {DAY} AS day FROM e WHERE event_type = 'click' GROUP BY ALL HAVING count(*) >= 50)
        USING (visitor_id) WHERE event_type = 'click'),
    dense AS (SELECT a.visitor_id, a.at_us AS from_us, b.at_us AS to_us FROM busy AS a JOIN busy AS b ON b.visitor_id = a.visitor_id AND b.i = a.i + 99
              WHERE b.at_us - a.at_us <= {50 * US})
    SELECT DISTINCT line, 'flood' AS rule, 'quarantine' AS action, NULL::VARCHAR AS new
    FROM e JOIN dense USING (visitor_id) WHERE occurred_at_us BETWEEN from_us AND to_us"""

# an hour of a product with a hundred clicks of visitors who did nothing else
CROWDS = f"""
    WITH busy AS (SELECT product_id, occurred_at_us // {HOUR} AS hour FROM e WHERE event_type = 'click' GROUP BY ALL HAVING count(*) >= 100),
    near AS MATERIALIZED (
        SELECT DISTINCT line, product_id, visitor_id, occurred_at_us // {HOUR} AS hour FROM e JOIN busy USING (product_id)
        WHERE event_type = 'click' AND abs(occurred_at_us // {HOUR} - busy.hour) <= 1),
    lone AS (SELECT visitor_id FROM e SEMI JOIN near USING (visitor_id) GROUP BY visitor_id
             HAVING count(*) <= 3 AND bool_and(event_type IN ('click', 'ad_click'))),
    hours AS (SELECT product_id, hour, count(*) AS n, count(lone.visitor_id) AS n_lone FROM near LEFT JOIN lone USING (visitor_id) GROUP BY ALL),
    crowded AS (SELECT h.product_id, h.hour FROM hours AS h JOIN hours AS c ON c.product_id = h.product_id AND abs(h.hour - c.hour) <= 1
                WHERE h.n_lone >= 0.8 * h.n AND c.n_lone >= 0.8 * c.n AND c.n_lone >= 100)
    SELECT line, 'crowd' AS rule, 'quarantine' AS action, NULL::VARCHAR AS new
    FROM near SEMI JOIN lone USING (visitor_id) SEMI JOIN crowded USING (product_id, hour)"""

ADS = f"""
    WITH ads AS MATERIALIZED (
        SELECT line, event_type = 'ad_click' AS is_click, visitor_id, product_id, occurred_at_us AS at_us,
               occurred_at_us + CASE WHEN is_click THEN {2 * US} ELSE 0 END AS slack FROM e WHERE event_type IN ('ad_click', 'ad_impression')),
    clicks AS MATERIALIZED (
        SELECT line, visitor_id, at_us, max(at_us) FILTER (NOT is_click) OVER w AS shown,
               max(at_us) FILTER (is_click) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
               coalesce(at_us - before <= {30 * MINUTE} AND coalesce(shown, 0) <= before + {2 * US}, false) AS is_again, is_click
        FROM ads SEMI JOIN (SELECT visitor_id, product_id FROM ads WHERE is_click) USING (visitor_id, product_id)
        WINDOW w AS (PARTITION BY visitor_id, product_id ORDER BY slack, is_click, line) QUALIFY is_click)
    SELECT line, 'ad_click_again' AS rule, 'quarantine' AS action, NULL::VARCHAR AS new FROM clicks WHERE is_again
    UNION ALL SELECT line, 'ad_click_not_shown', 'quarantine', NULL FROM clicks WHERE shown IS NULL AND NOT is_again"""

# sixty clicks and more at_us even distances, nothing read and nothing seen
BOTS = f"""
    WITH many AS (SELECT visitor_id FROM e GROUP BY visitor_id HAVING count(*) >= 60 AND bool_and(event_type = 'click')),
    gaps AS (SELECT visitor_id, occurred_at_us - lag(occurred_at_us) OVER (PARTITION BY visitor_id ORDER BY occurred_at_us) AS gap
             FROM e SEMI JOIN many USING (visitor_id)),
    even AS (SELECT visitor_id FROM gaps GROUP BY visitor_id
             HAVING quantile_disc(gap, 0.9) - quantile_disc(gap, 0.1) <= 0.6 * quantile_disc(gap, 0.5) AND max(gap) <= {3 * HOUR})
    {finding("'bot'", "'quarantine'", "e SEMI JOIN even USING (visitor_id)")}"""
