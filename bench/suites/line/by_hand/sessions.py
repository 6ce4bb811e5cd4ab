"""Checks of sessions: several ids for one visit."""

from __future__ import annotations

from suites.line.by_hand.words import BROWSING, MINUTE, US

_SINCE = (
    "occurred_at_us - CASE WHEN event_type = 'dwell' THEN coalesce(dwell_ms, 0) * 1000 ELSE 0 END"
)

SPANS = f"""
    SELECT session_id, visitor_id, min({_SINCE}) AS first_us, max(occurred_at_us) AS last_us,
           coalesce(max(CASE WHEN event_type <> 'dwell' THEN occurred_at_us END), min({_SINCE})) AS acted_us, any_value(device) AS device
    FROM e WHERE session_id IS NOT NULL AND event_type IN {BROWSING} GROUP BY session_id, visitor_id"""

# sessions of a visitor that follow each other within half an hour
CHAINED = f"""
    WITH followed AS (
        SELECT session_id, visitor_id, first_us, max(last_us) OVER before AS before_us, max(acted_us) OVER before AS acted_us
        FROM spans SEMI JOIN (SELECT visitor_id FROM spans GROUP BY visitor_id HAVING count(*) > 1) USING (visitor_id)
        WINDOW before AS (PARTITION BY visitor_id ORDER BY first_us, session_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
    numbered AS (SELECT *, sum(CASE WHEN first_us <= before_us + {30 * MINUTE} THEN 0 ELSE 1 END) OVER (
                           PARTITION BY visitor_id ORDER BY first_us, session_id ROWS UNBOUNDED PRECEDING) AS chain FROM followed)
    SELECT session_id, visitor_id, chain, row_number() OVER (PARTITION BY visitor_id, chain ORDER BY first_us, session_id) AS nth,
           first_us < acted_us - {2 * US} AS is_over, first_us <= before_us + {5 * MINUTE} AS is_quick
    FROM numbered QUALIFY count(*) OVER (PARTITION BY visitor_id, chain) > 1"""

BROKEN = f"""
    WITH torn AS (
        SELECT DISTINCT visitor_id, chain, nth FROM (
            SELECT DISTINCT visitor_id, chain, nth, query_id FROM e JOIN chained USING (visitor_id, session_id)
            WHERE query_id IS NOT NULL AND event_type IN {BROWSING})
        QUALIFY nth > min(nth) OVER (PARTITION BY visitor_id, chain, query_id)),
    linked AS (
        SELECT c.*, torn.nth IS NOT NULL AS is_torn, coalesce(nth > 1 AND (is_over OR is_quick OR is_torn), false) AS is_linked
        FROM chained AS c LEFT JOIN torn USING (visitor_id, chain, nth)),
    visits AS (SELECT *, sum(CASE WHEN is_linked THEN 0 ELSE 1 END) OVER (PARTITION BY visitor_id, chain ORDER BY nth ROWS UNBOUNDED PRECEDING) AS visit FROM linked),
    judged AS (
        SELECT session_id, visitor_id, first_value(session_id) OVER (v ORDER BY nth) AS visit_id, row_number() OVER (v ORDER BY nth) AS n,
               bool_or(is_over OR is_torn) OVER v OR count(*) OVER v >= 3 AS is_sure
        FROM visits WINDOW v AS (PARTITION BY visitor_id, chain, visit))
    SELECT line, 'broken_session' AS rule, 'repair' AS action, visit_id AS new
    FROM e JOIN (FROM judged WHERE n > 1 AND is_sure) USING (visitor_id, session_id)"""
