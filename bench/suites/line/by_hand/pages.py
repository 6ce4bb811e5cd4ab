"""Checks of what is learned from: reviews, cancels, pages and positions."""

from __future__ import annotations

from suites.line.by_hand.words import MINUTE, OUTCOMES, SHOWN, US

# the last rating counts; a purchase and a cancel of it within half an hour go together
LABELS = f"""
    WITH reviews AS (SELECT line, rating, last(rating) OVER w AS latest, last(line) OVER w AS kept
        FROM e WHERE event_type = 'review' AND rating IS NOT NULL
        WINDOW w AS (PARTITION BY visitor_id, product_id, order_id ORDER BY occurred_at_us ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)),
    cancels AS MATERIALIZED (SELECT line, visitor_id, product_id, order_id, occurred_at_us AS at_us, coalesce(quantity, 1) AS n FROM e WHERE event_type = 'cancel'),
    sold AS MATERIALIZED (SELECT line, visitor_id, product_id, order_id, occurred_at_us AS at_us, coalesce(quantity, 1) AS n
        FROM e SEMI JOIN cancels USING (visitor_id, product_id) WHERE event_type = 'purchase'),
    orders AS (SELECT visitor_id, product_id, order_id, sum(n) AS n_bought, min(at_us) AS from_us, max(at_us) AS until_us FROM sold GROUP BY ALL),
    backs AS (SELECT c.*, n_bought FROM cancels AS c JOIN orders USING (visitor_id, product_id, order_id)
              WHERE c.at_us BETWEEN until_us - {2 * US} AND from_us + {30 * MINUTE}),
    undone AS (SELECT visitor_id, product_id, order_id FROM backs GROUP BY ALL HAVING sum(n) >= any_value(n_bought)),
    surfaces AS (SELECT DISTINCT surface FROM e WHERE event_type = 'impression' AND query_id IS NOT NULL),
    lost AS MATERIALIZED (SELECT line, visitor_id, session_id, product_id, surface, position, occurred_at_us FROM e SEMI JOIN surfaces USING (surface)
        WHERE query_id IS NULL AND product_id IS NOT NULL AND event_type IN {OUTCOMES}),
    fits AS (
        SELECT l.line, count(DISTINCT query_id) AS n, min(query_id) AS new FROM lost AS l LEFT JOIN (
            SELECT visitor_id, product_id, surface, session_id, query_id, e.position, e.occurred_at_us FROM e SEMI JOIN lost USING (visitor_id, product_id, surface)
            WHERE event_type = 'impression' AND query_id IS NOT NULL) AS s
          ON l.visitor_id = s.visitor_id AND l.product_id = s.product_id AND l.surface = s.surface AND s.occurred_at_us <= l.occurred_at_us + {2 * US}
         AND (l.position IS NULL OR s.position IS NULL OR l.position = s.position)
         AND CASE WHEN l.session_id IS NOT NULL AND s.session_id IS NOT NULL THEN l.session_id = s.session_id ELSE s.occurred_at_us >= l.occurred_at_us - {30 * MINUTE} END
        GROUP BY l.line)
    SELECT line, 'contradictory_rating' AS rule, 'merge' AS action, NULL::VARCHAR AS new FROM reviews WHERE line <> kept AND abs(rating - latest) >= 2
    UNION ALL SELECT line, 'undone_purchase', 'quarantine', NULL
    FROM (FROM sold UNION ALL BY NAME SELECT * EXCLUDE n_bought FROM backs) SEMI JOIN undone USING (visitor_id, product_id, order_id)
    UNION ALL SELECT DISTINCT s.line, 'purchase_taken_back', 'note', NULL FROM sold AS s JOIN cancels AS c USING (visitor_id, product_id)
    WHERE s.n = c.n AND c.at_us BETWEEN s.at_us AND s.at_us + {30 * MINUTE} AND (s.order_id IS NULL OR c.order_id IS NULL OR s.order_id <> c.order_id)
    UNION ALL SELECT line, CASE WHEN n = 1 THEN 'recovered_query' ELSE 'missing_query' END, CASE WHEN n = 1 THEN 'repair' ELSE 'note' END, new FROM fits"""

# positions that were 0 before they were blanked, and pages that count from 0 without a gap
ZEROS = "SELECT line, query_id, event_type FROM e SEMI JOIN zero_positions USING (line) WHERE position IS NULL AND query_id IS NOT NULL"

COUNTED = f"""
    WITH stated AS (SELECT e.line, query_id, product_id, occurred_at_us, CASE WHEN z.line IS NOT NULL THEN 0 ELSE position END AS stated
        FROM (FROM e SEMI JOIN (SELECT query_id FROM zeros WHERE event_type = 'impression') USING (query_id) WHERE {SHOWN}) AS e
        LEFT JOIN (SELECT line FROM zeros) AS z USING (line)),
    whole AS (SELECT query_id FROM stated GROUP BY query_id
        HAVING count(*) = count(stated) AND count(DISTINCT stated) = max(stated) + 1 AND count(DISTINCT product_id) > 1
           AND max(occurred_at_us) FILTER (stated = 0) < min(occurred_at_us) FILTER (stated > 0))
    SELECT line, query_id, stated FROM stated SEMI JOIN whole USING (query_id)"""

PAGES = f"""
    WITH odd AS (
        SELECT query_id FROM e WHERE {SHOWN} GROUP BY query_id HAVING bit_count(bit_or(1::BIGINT << position)) < count(*)
        UNION SELECT query_id FROM e WHERE {SHOWN} GROUP BY query_id, product_id HAVING min(position) < max(position)),
    shown AS (SELECT DISTINCT ON (query_id, product_id, e.position) line, query_id, product_id, e.position FROM e SEMI JOIN odd USING (query_id)
        WHERE {SHOWN} AND e.position IS NOT NULL ORDER BY query_id, product_id, e.position, line),
    twice AS (SELECT line, count(*) OVER (PARTITION BY query_id, position) AS n_here, count(*) OVER (PARTITION BY query_id, product_id) AS n_of FROM shown)
    SELECT line, 'zero_based_page' AS rule, 'repair' AS action, (stated + 1)::VARCHAR AS new FROM counted
    UNION ALL SELECT line, 'shared_position', 'note', NULL FROM twice WHERE n_here > 1
    UNION ALL SELECT line, 'product_twice', 'note', NULL FROM twice WHERE n_of > 1"""

_IS_LATE = f"""event_type IN ('click', 'add_to_cart', 'purchase') AND occurred_at_us <= shown_us + {30 * MINUTE} AND received_at_us > received_first_us + {30 * MINUTE}
    AND (received_at_us - occurred_at_us) - (received_first_us - shown_us) > {5 * MINUTE}"""

POSITIONS = f"""
    WITH outcomes AS MATERIALIZED (
        SELECT e.line, e.event_type, e.query_id, product_id, occurred_at_us, received_at_us, CASE WHEN z.line IS NOT NULL THEN 0 ELSE position END AS stated
        FROM e LEFT JOIN zeros AS z USING (line) WHERE e.event_type IN {OUTCOMES} AND e.query_id IS NOT NULL AND product_id IS NOT NULL),
    shown AS (SELECT query_id, product_id, min(e.position) AS low, max(e.position) AS high, min(e.occurred_at_us) AS shown_us, min(e.received_at_us) AS received_first_us
        FROM e SEMI JOIN outcomes USING (query_id, product_id) WHERE {SHOWN} GROUP BY ALL),
    compared AS MATERIALIZED (SELECT outcomes.*, CASE WHEN low = high THEN low END AS shown, shown_us, received_first_us FROM outcomes JOIN shown USING (query_id, product_id)
        WHERE (low = high AND stated <> low) OR ({_IS_LATE})),
    off AS (SELECT line, query_id, stated, shown, min(stated - shown) OVER page = max(stated - shown) OVER page AND min(product_id) OVER page <> max(product_id) OVER page AS is_even,
                   count(*) FILTER (stated > 0) OVER page AS n_off FROM compared WHERE stated <> shown WINDOW page AS (PARTITION BY query_id)),
    counts AS (SELECT query_id, count(e.position) AS n_stated FROM e SEMI JOIN off USING (query_id) WHERE event_type IN {OUTCOMES} AND product_id IS NOT NULL GROUP BY ALL),
    sure AS (SELECT *, (is_even AND n_off = n_stated) OR stated = 0 OR (stated = shown - 1 AND query_id IN (SELECT query_id FROM counted)) AS is_sure FROM off JOIN counts USING (query_id)),
    clicks AS MATERIALIZED (SELECT line, query_id, position, product_id FROM e WHERE event_type = 'click' AND query_id IS NOT NULL AND position IS NOT NULL),
    apart AS (SELECT query_id, position FROM clicks GROUP BY ALL HAVING min(product_id) <> max(product_id))
    SELECT line, 'late_outcome' AS rule, 'note' AS action, NULL::VARCHAR AS new FROM compared WHERE {_IS_LATE}
    UNION ALL SELECT line, CASE WHEN is_sure THEN 'shifted_position' ELSE 'wrong_position' END, CASE WHEN is_sure THEN 'repair' ELSE 'note' END, shown::VARCHAR FROM sure
    UNION ALL SELECT line, 'contradictory_click', 'note', NULL FROM clicks SEMI JOIN apart USING (query_id, position)
    ANTI JOIN (SELECT query_id, product_id FROM e SEMI JOIN apart USING (query_id) WHERE {SHOWN}) USING (query_id, product_id)"""
