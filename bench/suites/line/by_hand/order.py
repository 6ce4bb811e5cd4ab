"""Checks of the order of events: clicks before impressions, purchases before views, cancels of nothing."""

from __future__ import annotations

from suites.line.by_hand.words import DAY, US

ORDER = f"""
    WITH clicks AS MATERIALIZED (
        SELECT line, visitor_id, coalesce(query_id, session_id) AS page, product_id, occurred_at_us FROM e
        WHERE event_type = 'click' AND page IS NOT NULL),
    seen AS (
        SELECT visitor_id, coalesce(query_id, session_id) AS page, product_id, min(e.occurred_at_us) AS seen_us
        FROM e SEMI JOIN clicks ON clicks.visitor_id = e.visitor_id AND clicks.page = coalesce(query_id, session_id) AND clicks.product_id = e.product_id
        WHERE event_type = 'impression' GROUP BY ALL),
    bought AS MATERIALIZED (SELECT line, visitor_id, product_id, occurred_at_us, quantity FROM e WHERE event_type = 'purchase'),
    viewed AS (
        SELECT visitor_id, product_id, min(e.occurred_at_us) AS seen_us FROM e SEMI JOIN bought USING (visitor_id, product_id)
        WHERE event_type IN ('impression', 'click', 'dwell', 'add_to_cart') GROUP BY ALL),
    unsure AS MATERIALIZED (  -- what has a time of ours proves nothing
        SELECT visitor_id, coalesce(query_id, session_id) AS page, product_id, event_type FROM e
        WHERE event_type IN ('impression', 'click', 'dwell', 'add_to_cart')
          AND line IN (SELECT line FROM found WHERE rule IN ('received_before_it_occurred', 'stuck_clock'))),
    cancels AS (
        SELECT line, visitor_id, product_id, occurred_at_us, sum(coalesce(quantity, 1)) OVER (
               PARTITION BY visitor_id, product_id ORDER BY occurred_at_us, line ROWS UNBOUNDED PRECEDING) AS n_cancelled
        FROM e WHERE event_type = 'cancel'),
    days AS (SELECT occurred_at_us // {DAY} AS day, count(*) AS n FROM e GROUP BY ALL),
    half AS (SELECT max(n) AS n FROM (SELECT n, sum(n) OVER (ORDER BY n DESC, day) AS so_far, sum(n) OVER () AS total FROM days) WHERE 2 * so_far >= total),
    early AS (SELECT (min(day) + 30) * {DAY} AS until_us FROM days WHERE n > (SELECT n / 4 FROM half)),
    sums AS (
        SELECT c.line, any_value(n_cancelled) AS n_cancelled, any_value(c.occurred_at_us) < (SELECT until_us FROM early) AS is_early,
               coalesce(sum(coalesce(quantity, 1)) FILTER (b.occurred_at_us <= c.occurred_at_us + {2 * US}), 0) AS n_bought
        FROM cancels AS c LEFT JOIN bought AS b USING (visitor_id, product_id) GROUP BY c.line)
    SELECT line, 'click_before_impression' AS rule, 'quarantine' AS action, NULL::VARCHAR AS new
    FROM (SELECT * FROM clicks JOIN seen USING (visitor_id, page, product_id) WHERE seen_us > occurred_at_us + {2 * US})
    ANTI JOIN (SELECT * FROM unsure WHERE event_type = 'impression') USING (visitor_id, page, product_id)
    UNION ALL
    SELECT line, 'purchase_before_view', 'quarantine', NULL
    FROM (SELECT * FROM bought LEFT JOIN viewed USING (visitor_id, product_id) WHERE seen_us IS NULL OR seen_us > occurred_at_us + {2 * US})
    ANTI JOIN unsure USING (visitor_id, product_id)
    UNION ALL
    SELECT line, CASE WHEN n_bought > 0 THEN 'cancel_of_more_than_bought' WHEN is_early THEN 'cancel_of_earlier_purchase' ELSE 'cancel_without_purchase' END,
           CASE WHEN n_bought > 0 OR is_early THEN 'note' ELSE 'quarantine' END, NULL FROM sums WHERE n_bought < n_cancelled"""
