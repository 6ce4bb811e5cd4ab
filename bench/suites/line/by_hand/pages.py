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
        SELECT l.line, min(query_id) AS new FROM lost AS l JOIN (
            SELECT visitor_id, product_id, surface, session_id, query_id, e.position, e.occurred_at_us FROM e SEMI JOIN lost USING (visitor_id, product_id, surface)
            WHERE event_type = 'impression' AND query_id IS NOT NULL) AS s
          ON l.visitor_id = s.visitor_id AND l.product_id = s.product_id AND l.surface = s.surface AND s.occurred_at_us <= l.occurred_at_us + {2 * US}
         AND (l.position IS NULL OR s.position IS NULL OR l.position = s.position)
         AND CASE WHEN l.session_id IS NOT NULL AND s.session_id IS NOT NULL THEN l.session_id = s.session_id ELSE s.occurred_at_us >= l.occurred_at_us - {30 * MINUTE} END
        GROUP BY l.line HAVING count(DISTINCT query_id) = 1)
    SELECT line, 'contradictory_rating' AS rule, 'merge' AS action, NULL::VARCHAR AS new FROM reviews WHERE line <> kept AND abs(rating - latest) >= 2
    UNION ALL SELECT line, 'undone_purchase', 'quarantine', NULL
    FROM (FROM sold UNION ALL BY NAME SELECT * EXCLUDE n_bought FROM backs) SEMI JOIN undone USING (visitor_id, product_id, order_id)
    UNION ALL SELECT DISTINCT s.line, 'purchase_taken_back', 'note', NULL FROM sold AS s JOIN cancels AS c USING (visitor_id, product_id)
    WHERE s.n = c.n AND c.at_us BETWEEN s.at_us AND s.at_us + {30 * MINUTE} AND (s.order_id IS NULL OR c.order_id IS NULL OR s.order_id <> c.order_id)
    UNION ALL SELECT line, 'recovered_query', 'repair', new FROM fits"""

PAGES = f"""
    WITH odd AS (
        SELECT query_id FROM e WHERE {SHOWN} GROUP BY query_id HAVING bit_count(bit_or(1::BIGINT << position)) < count(*)
        UNION SELECT query_id FROM e WHERE {SHOWN} GROUP BY query_id, product_id HAVING min(position) < max(position)),
    shown AS (SELECT DISTINCT ON (query_id, product_id, e.position) line, query_id, product_id, e.position FROM e SEMI JOIN odd USING (query_id)
        WHERE {SHOWN} AND e.position IS NOT NULL ORDER BY query_id, product_id, e.position, line),
    twice AS (SELECT line, count(*) OVER (PARTITION BY query_id, position) AS n_here, count(*) OVER (PARTITION BY query_id, product_id) AS n_of FROM shown)
    SELECT line, 'shared_position' AS rule, 'note' AS action, NULL::VARCHAR AS new FROM twice WHERE n_here > 1
    UNION ALL SELECT line, 'product_twice', 'note', NULL FROM twice WHERE n_of > 1"""

POSITIONS = f"""
    WITH outcomes AS MATERIALIZED (
        SELECT line, query_id, product_id, position FROM e
        WHERE event_type IN {OUTCOMES} AND query_id IS NOT NULL AND product_id IS NOT NULL AND position IS NOT NULL),
    shown AS (SELECT query_id, product_id, min(e.position) AS low, max(e.position) AS high
        FROM e SEMI JOIN outcomes USING (query_id, product_id) WHERE {SHOWN} GROUP BY ALL),
    clicks AS MATERIALIZED (SELECT line, query_id, position, product_id FROM e WHERE event_type = 'click' AND query_id IS NOT NULL AND position IS NOT NULL),
    apart AS (SELECT query_id, position FROM clicks GROUP BY ALL HAVING min(product_id) <> max(product_id))
    SELECT line, 'wrong_position' AS rule, 'note' AS action, NULL::VARCHAR AS new FROM outcomes JOIN shown USING (query_id, product_id)
    WHERE low = high AND position <> low
    UNION ALL SELECT line, 'contradictory_click', 'note', NULL FROM clicks SEMI JOIN apart USING (query_id, position)
    ANTI JOIN (SELECT query_id, product_id FROM e SEMI JOIN apart USING (query_id) WHERE {SHOWN}) USING (query_id, product_id)"""
