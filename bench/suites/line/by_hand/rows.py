"""Checks of single rows, clocks, times, ids and products."""

from __future__ import annotations

from suites.line.by_hand.words import CONTENT, DAY, HAND, HOUR, MINUTE, US, finding, union

_IDS = "event_id visitor_id session_id query_id product_id order_id".split()

_SCHEMA = {
    "no_product": (
        "quarantine",
        "product_id IS NULL AND event_type IN ('impression', 'click', 'add_to_cart', 'purchase', 'cancel', 'review')",
    ),
    "huge_value": (
        "quarantine",
        " OR ".join(f"length({c}) > 256" for c in _IDS) + " OR length(query_text) > 20000",
    ),
    "bad_quantity": ("quarantine", "quantity < 1 OR quantity > 100000"),
    "bad_price": ("repair", "price_minor < 0 OR price_minor > 100000000000"),
    "bad_position": ("repair", "position < 1 OR position > 10000"),
    "bad_dwell": ("quarantine", f"dwell_ms < 0 OR dwell_ms > {12 * HOUR // 1000}"),
    "bad_rating": ("quarantine", "NOT (rating >= 1 AND rating <= 5)"),
}

SCHEMA = (
    f"WITH bad AS MATERIALIZED (FROM e WHERE {' OR '.join(bad for _, bad in _SCHEMA.values())}) "
    + union(*(finding(f"'{n}'", f"'{a}'", f"bad WHERE {bad}") for n, (a, bad) in _SCHEMA.items()))
)

# off by about eight hours, or by one amount of minutes, ten times or more
CLOCKS = f"""
    WITH odd AS MATERIALIZED (
        SELECT line, visitor_id, occurred_at_us AS o, received_at_us AS r, o - r AS d,
               CAST(ceil((d - {MINUTE}) / {30 * MINUTE}) AS BIGINT) AS k
        FROM e WHERE (o > r + {MINUTE} OR o <= r - {29 * MINUTE}) AND abs(o - r) < {400 * DAY}),
    zones AS (
        SELECT visitor_id, k FROM odd GROUP BY visitor_id, k
        HAVING count(*) FILTER (abs(d - k * {30 * MINUTE}) <= {MINUTE}) >= greatest(10, 0.3 * count(*))
           AND max(o) - min(o) >= 0.5 * (max(r) - min(r)) AND (k > 0 OR max(r) - min(r) >= {6 * HOUR})
           AND count(*) >= 0.8 * (SELECT count(*) FROM odd AS all_ WHERE all_.visitor_id = odd.visitor_id)),
    rest AS (FROM odd ANTI JOIN zones USING (visitor_id, k)),
    skews AS (
        SELECT visitor_id, quantile_disc(d, 0.9) FILTER (abs(d - middle) <= {2 * MINUTE}) AS by_us
        FROM rest JOIN (SELECT visitor_id, quantile_disc(d, 0.5) AS middle, count(*) AS n FROM rest GROUP BY ALL HAVING n >= 10) USING (visitor_id)
        WHERE d BETWEEN middle - {30 * MINUTE} AND middle + {2 * MINUTE} GROUP BY visitor_id
        HAVING count(*) FILTER (abs(d - middle) <= {2 * MINUTE}) >= greatest(10, 0.5 * any_value(n)) AND count(*) >= 0.8 * any_value(n)
           AND max(o) - min(o) >= 0.5 * (max(r) - min(r))
           AND (by_us > 0 OR (by_us <= -{HOUR} AND max(r) - min(r) >= {6 * HOUR})))
    {finding("'wrong_time_zone'", "'repair'", "odd SEMI JOIN zones USING (visitor_id, k)", f"least(o - k * {30 * MINUTE}, r)")}
    UNION ALL
    {finding("'skewed_clock'", "'repair'", f"rest JOIN skews USING (visitor_id) WHERE d > by_us - {30 * MINUTE} AND d <= by_us + {2 * MINUTE} AND (d > 0 OR by_us < 0)", "least(o - by_us, r)")}"""

_SOUND = f"""occurred_at_us <= received_at_us + {MINUTE} AND occurred_at_us >= received_at_us - {90 * DAY}
    AND occurred_at_us >= 788918400000000"""

TIMES = f"""
    WITH bad AS MATERIALIZED (
        SELECT line, occurred_at_us AS o, received_at_us AS r FROM e
        WHERE r > epoch_us(now()) + {DAY} OR o < 788918400000000 OR o < r - {90 * DAY} OR o > r + {MINUTE}),
    stuck AS (
        SELECT visitor_id, occurred_at_us FROM e WHERE received_at_us - occurred_at_us >= {30 * US} AND {_SOUND}
        GROUP BY ALL HAVING count(*) >= 5 AND max(received_at_us) - min(received_at_us) >= {30 * US}),
    frozen AS (
        SELECT visitor_id, occurred_at_us FROM e
        WHERE received_at_us = occurred_at_us AND event_type IN {HAND} AND occurred_at_us % {MINUTE} <> 0
        GROUP BY ALL HAVING count(DISTINCT event_id) >= 20)
    SELECT line, 'not_yet' AS rule, 'quarantine' AS action, NULL::VARCHAR AS new FROM bad WHERE r > epoch_us(now()) + {DAY}
    UNION ALL SELECT line, 'too_old', 'quarantine', NULL FROM bad WHERE o < 788918400000000
    UNION ALL SELECT line, 'too_late', 'quarantine', NULL FROM bad WHERE o >= 788918400000000 AND o < r - {90 * DAY}
    UNION ALL SELECT line, 'from_the_future', 'quarantine', NULL FROM bad WHERE o > r + {HOUR}
    UNION ALL SELECT line, 'received_before_it_occurred', 'repair', r::VARCHAR FROM bad WHERE o > r + {MINUTE} AND o <= r + {HOUR}
    UNION ALL SELECT line, 'stuck_clock', 'repair', received_at_us::VARCHAR FROM e SEMI JOIN stuck USING (visitor_id, occurred_at_us) WHERE {_SOUND}
    UNION ALL SELECT line, 'frozen_time', 'quarantine', NULL FROM e SEMI JOIN frozen USING (visitor_id, occurred_at_us) WHERE event_type IN {HAND}"""

_FACT = "(event_type, visitor_id, product_id, order_id, query_id)"

SAME_ID = f"""
    SELECT line, CASE WHEN fact IS DISTINCT FROM first THEN 'reused_id' ELSE 'same_id' END AS rule,
           CASE WHEN fact IS DISTINCT FROM first THEN 'quarantine' ELSE 'merge' END AS action, NULL::VARCHAR AS new
    FROM (SELECT line, {_FACT} AS fact, first_value({_FACT}) OVER w AS first, row_number() OVER w AS nth
          FROM e SEMI JOIN (SELECT event_id FROM e GROUP BY event_id HAVING count(*) > 1) USING (event_id)
          WINDOW w AS (PARTITION BY event_id ORDER BY received_at_us, line))
    WHERE nth > 1"""

SAME_CONTENT = f"""
    WITH hashed AS MATERIALIZED (SELECT line, occurred_at_us, received_at_us, event_type, hash({CONTENT}) AS h FROM e)
    SELECT line, 'same_content' AS rule, 'merge' AS action, NULL::VARCHAR AS new
    FROM (SELECT line, event_type, occurred_at_us - lag(occurred_at_us) OVER (PARTITION BY h ORDER BY occurred_at_us, received_at_us, line) AS gap
          FROM hashed SEMI JOIN (SELECT h FROM hashed GROUP BY h HAVING count(*) > 1) USING (h))
    WHERE gap <= CASE WHEN event_type = 'add_to_cart' THEN 0 ELSE {US} END"""

ORPHANS = """
    SELECT line, CASE WHEN n.product_id IS NULL THEN 'unknown_product' ELSE 'resolved_product' END AS rule,
           CASE WHEN n.product_id IS NULL THEN 'quarantine' ELSE 'repair' END AS action, n.product_id AS new
    FROM (SELECT line, product_id FROM e WHERE product_id IS NOT NULL AND product_id NOT IN (SELECT product_id FROM p)) AS e
    LEFT JOIN (SELECT title, any_value(product_id) AS product_id FROM p GROUP BY title HAVING count(*) = 1) AS n ON n.title = e.product_id"""
