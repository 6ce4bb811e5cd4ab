"""The SELECTs of the step ``labels`` about one event against another."""

from __future__ import annotations

_NONE = "CAST(NULL AS VARCHAR)"
_OUTCOMES = "('click', 'dwell', 'add_to_cart', 'remove_from_cart', 'purchase')"

FEW = """
    SELECT import_id, line, event_type, visitor_id, product_id, order_id, occurred_at_us, quantity, rating
    FROM {rows} WHERE event_type IN ('purchase', 'cancel', 'review')"""
"""What the first three read, so that the log is read once for them."""

RATINGS = f"""
    WITH reviews AS (
        SELECT import_id, line, visitor_id, product_id, order_id, occurred_at_us, rating FROM few
        WHERE event_type = 'review' AND rating IS NOT NULL AND product_id IS NOT NULL),
    ends AS (
        SELECT *, max(occurred_at_us) OVER (PARTITION BY visitor_id, product_id, order_id) AS last_us FROM reviews),
    lasts AS (
        SELECT visitor_id, product_id, order_id, min(rating) AS low, max(rating) AS high, any_value(last_us) AS last_us,
               min(struct_pack(import_id := import_id, line := line)) AS kept
        FROM ends WHERE occurred_at_us = last_us GROUP BY visitor_id, product_id, order_id),
    judged AS (
        SELECT e.import_id, e.line, e.rating, l.low, l.high, l.kept, e.occurred_at_us = e.last_us AS is_last,
               l.high - l.low >= {{rating_gap}} AS is_unsure,
               e.order_id IS NOT NULL OR e.last_us - e.occurred_at_us <= {{review_us}} AS is_of_one
        FROM ends AS e JOIN lasts AS l ON e.visitor_id = l.visitor_id AND e.product_id = l.product_id
         AND e.order_id IS NOT DISTINCT FROM l.order_id)
    SELECT import_id, line, 'contradictory_rating' AS rule, CASE WHEN is_last THEN 'quarantine' ELSE 'merge' END AS action,
           {_NONE} AS field, {_NONE} AS new,
           CAST(CASE WHEN is_last THEN to_json(struct_pack(rating := rating, lowest := low, highest := high))
                ELSE to_json(struct_pack(kept := kept.import_id || ':' || kept.line, rating := rating, later := high))
                END AS VARCHAR) AS detail
    FROM judged
    WHERE (is_last AND is_unsure) OR (NOT is_last AND NOT is_unsure AND is_of_one AND abs(rating - high) >= {{rating_gap}})"""

UNDONE = f"""
    WITH cancels AS (
        SELECT import_id, line, visitor_id, product_id, order_id, occurred_at_us, coalesce(quantity, 1) AS quantity
        FROM few WHERE event_type = 'cancel' AND order_id IS NOT NULL AND product_id IS NOT NULL),
    bought AS (
        SELECT import_id, line, visitor_id, product_id, order_id, r.occurred_at_us, coalesce(quantity, 1) AS quantity
        FROM few AS r SEMI JOIN cancels USING (visitor_id, product_id, order_id) WHERE event_type = 'purchase'),
    orders AS (
        SELECT visitor_id, product_id, order_id, sum(quantity) AS n_bought, min(occurred_at_us) AS from_us,
               max(occurred_at_us) AS until_us
        FROM bought GROUP BY visitor_id, product_id, order_id),
    backs AS (
        SELECT c.*, until_us, n_bought, c.occurred_at_us - from_us AS after_us FROM cancels AS c
        JOIN orders USING (visitor_id, product_id, order_id)
        WHERE c.occurred_at_us BETWEEN until_us - {{slack_us}} AND from_us + {{window_us}}),
    undone AS (
        SELECT visitor_id, product_id, order_id, any_value(n_bought) AS n_bought, sum(quantity) AS n_cancelled,
               max(after_us) AS after_us
        FROM backs GROUP BY visitor_id, product_id, order_id HAVING sum(quantity) >= any_value(n_bought)),
    two_sides AS (
        SELECT import_id, line, visitor_id, product_id, order_id FROM bought
        UNION ALL SELECT import_id, line, visitor_id, product_id, order_id FROM backs)
    SELECT import_id, line, 'undone_purchase' AS rule, 'quarantine' AS action, {_NONE} AS field, {_NONE} AS new,
           CAST(to_json(struct_pack(order_id := order_id, bought := n_bought, cancelled := n_cancelled,
                after_minutes := round(after_us / 60000000.0, 1))) AS VARCHAR) AS detail
    FROM two_sides JOIN undone USING (visitor_id, product_id, order_id)"""
"""The purchase and its cancel go together: what is left adds up as before."""

TAKEN_BACK = f"""
    WITH cancels AS (
        SELECT visitor_id, product_id, order_id AS by_order, occurred_at_us AS back_us, coalesce(quantity, 1) AS n_back
        FROM few WHERE event_type = 'cancel' AND product_id IS NOT NULL),
    bought AS (
        SELECT import_id, line, visitor_id, product_id, order_id, occurred_at_us, coalesce(quantity, 1) AS quantity
        FROM few AS r SEMI JOIN cancels USING (visitor_id, product_id) WHERE event_type = 'purchase')
    SELECT import_id, line, 'purchase_taken_back' AS rule, 'note' AS action, {_NONE} AS field, {_NONE} AS new,
           CAST(to_json(struct_pack(order_id := any_value(order_id), by_order := min(by_order), units := any_value(quantity),
                after_minutes := round(min(back_us - occurred_at_us) / 60000000.0, 1))) AS VARCHAR) AS detail
    FROM bought JOIN cancels USING (visitor_id, product_id)
    WHERE n_back = quantity AND back_us BETWEEN occurred_at_us AND occurred_at_us + {{window_us}}
      AND (order_id IS NULL OR by_order IS NULL OR order_id <> by_order)
    GROUP BY import_id, line"""

LOST = f"""
    WITH surfaces AS (SELECT DISTINCT surface FROM pages_seen)
    SELECT import_id, line, event_type, visitor_id, session_id, product_id, surface, position, occurred_at_us
    FROM {{rows}} AS r SEMI JOIN surfaces USING (surface)
    WHERE query_id IS NULL AND product_id IS NOT NULL AND event_type IN {_OUTCOMES}"""
"""Outcomes without a query on surfaces whose pages have one."""

RECOVERED = f"""
    WITH shown AS (
        SELECT visitor_id, product_id, surface, session_id, query_id, r.position, r.occurred_at_us AS at_us
        FROM {{rows}} AS r SEMI JOIN lost USING (visitor_id, product_id, surface)
        WHERE event_type = 'impression' AND query_id IS NOT NULL),
    fits AS (
        SELECT l.import_id, l.line, count(DISTINCT s.query_id) AS n_fits, min(s.query_id) AS new,
               l.session_id IS NOT NULL AS is_by_session
        FROM lost AS l LEFT JOIN shown AS s
          ON l.visitor_id = s.visitor_id AND l.product_id = s.product_id AND l.surface = s.surface
         AND s.at_us <= l.occurred_at_us + {{slack_us}}
         AND (l.position IS NULL OR s.position IS NULL OR l.position = s.position)
         AND CASE WHEN l.session_id IS NOT NULL AND s.session_id IS NOT NULL THEN l.session_id = s.session_id
             ELSE s.at_us >= l.occurred_at_us - {{visit_us}} END
        GROUP BY l.import_id, l.line, l.session_id)
    SELECT import_id, line, CASE WHEN n_fits = 1 THEN 'recovered_query' ELSE 'missing_query' END AS rule,
           CASE WHEN n_fits = 1 THEN 'repair' ELSE 'note' END AS action,
           CASE WHEN n_fits = 1 THEN 'query_id' END AS field, CASE WHEN n_fits = 1 THEN new END AS new,
           CAST(CASE WHEN n_fits = 1
                THEN to_json(struct_pack(field := 'query_id', old := {_NONE}, new := new,
                     "by" := CASE WHEN is_by_session THEN 'session' ELSE 'time' END))
                ELSE to_json(struct_pack(pages := n_fits)) END AS VARCHAR) AS detail
    FROM fits"""
