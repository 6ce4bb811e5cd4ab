"""The SELECTs of the step ``sessions``, in the order in which they run."""

from __future__ import annotations

_BROWSING = (
    "('search', 'impression', 'click', 'dwell', 'add_to_cart', 'remove_from_cart', "
    "'ad_impression', 'ad_click')"
)
_NONE = "CAST(NULL AS VARCHAR)"
# a dwell is told when it ends: the visitor was there all the while
_SINCE = (
    "occurred_at_us - CASE WHEN event_type = 'dwell' THEN coalesce(dwell_ms, 0) * 1000 ELSE 0 END"
)

SPANS = f"""
    SELECT session_id, visitor_id, min({_SINCE}) AS first_us, max(occurred_at_us) AS last_us,
           coalesce(max(CASE WHEN event_type <> 'dwell' THEN occurred_at_us END), min({_SINCE})) AS acted_us,
           sum(CASE WHEN event_type IN ('search', 'impression') THEN 1 ELSE 0 END) AS n_pages,
           min(device) AS device, max(device) AS device_2, min(platform) AS platform, max(platform) AS platform_2
    FROM {{rows}} WHERE session_id IS NOT NULL AND event_type IN {_BROWSING}
    GROUP BY session_id, visitor_id"""
"""A row a session and visitor: when it lasted (``acted_us``: the last act but a dwell), and where."""

DOUBTFUL = """
    SELECT session_id, count(*) > 1 AS is_shared FROM spans GROUP BY session_id
    HAVING count(*) > 1 OR bool_or(last_us - first_us > {idle_us})"""
"""Ids of several visitors, and of one for longer than the longest gap: only their rows are read again."""

VERDICTS = f"""
    WITH several AS (SELECT session_id FROM doubtful WHERE is_shared),
    ordered AS (
        SELECT *, row_number() OVER w AS nth, first_value(device) OVER w AS holder_device,
               first_value(n_pages) OVER w AS holder_pages, count(*) OVER (PARTITION BY session_id) AS n_visitors,
               max(last_us) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_us
        FROM spans SEMI JOIN several USING (session_id)
        WINDOW w AS (PARTITION BY session_id ORDER BY first_us, visitor_id)),
    pages AS (
        SELECT DISTINCT session_id, visitor_id, query_id FROM suspects SEMI JOIN several USING (session_id)
        WHERE query_id IS NOT NULL AND event_type IN {_BROWSING}),
    shared AS (
        SELECT DISTINCT a.session_id, a.visitor_id
        FROM pages AS a JOIN pages AS b ON a.session_id = b.session_id AND a.query_id = b.query_id
        WHERE a.visitor_id <> b.visitor_id),
    others AS (
        SELECT session_id, visitor_id, n_visitors FROM ordered ANTI JOIN shared USING (session_id, visitor_id)
        WHERE nth > 1 AND (n_visitors >= {{many}} OR first_us > before_us + {{idle_us}} OR device <> holder_device
            OR (first_us < before_us - {{late_us}} AND n_pages > 0 AND holder_pages > 0))),
    long AS (SELECT session_id, visitor_id FROM spans WHERE last_us - first_us > {{idle_us}})
    SELECT session_id, visitor_id, n_visitors, n_visitors IS NOT NULL AS is_other
    FROM others FULL JOIN long USING (session_id, visitor_id)"""
"""Suspects: a visitor under another's id (``is_other``), or a session longer than the longest gap.

An id belongs to whoever used it first. Two visitors on one device, one after the other, are one
person who logged in; two that share a page are one person under two names, told by two servers.
"""

MERGED = f"""
    WITH rows AS (
        SELECT r.*, is_other, n_visitors, event_type IN {_BROWSING} AS is_browsing, {_SINCE} AS since_us
        FROM suspects AS r JOIN verdicts USING (session_id, visitor_id)),
    timed AS (
        SELECT *, max(CASE WHEN is_browsing THEN occurred_at_us END) OVER (
                   PARTITION BY session_id, visitor_id ORDER BY occurred_at_us, import_id, line
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_us
        FROM rows),
    cut AS (
        SELECT *, CASE WHEN is_browsing AND since_us - before_us > {{idle_us}} THEN since_us - before_us END AS idle_us
        FROM timed),
    pieces AS (
        SELECT *, count(idle_us) OVER w AS n_cuts, max(CASE WHEN idle_us IS NOT NULL THEN since_us END) OVER w AS cut_at_us,
               max(idle_us) OVER w AS longest_us
        FROM cut
        WINDOW w AS (PARTITION BY session_id, visitor_id ORDER BY occurred_at_us, import_id, line
                     ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)),
    named AS (
        -- a cancel or a review days later belongs to the visit of the order, wherever that was
        SELECT *, CASE WHEN event_type IN ('cancel', 'review') THEN 0 ELSE n_cuts END AS piece FROM pieces),
    renamed AS (
        SELECT *, session_id || '~' || substr(md5(session_id || '|' || visitor_id || '|' ||
                  CASE WHEN piece = 0 THEN '' ELSE CAST(cut_at_us AS VARCHAR) END), 1, 8) AS new
        FROM named WHERE is_other OR piece > 0)
    SELECT import_id, line, 'merged_session' AS rule, 'repair' AS action, 'session_id' AS field, new,
           CAST(CASE WHEN piece > 0
                THEN to_json(struct_pack(field := 'session_id', old := session_id, new := new,
                     because := 'idle', idle_hours := round(longest_us / 3600000000.0, 1), visit := piece + 1))
                ELSE to_json(struct_pack(field := 'session_id', old := session_id, new := new,
                     because := 'visitors', visitors := n_visitors)) END AS VARCHAR) AS detail
    FROM renamed"""

AGAIN = """
    SELECT * FROM spans ANTI JOIN verdicts USING (session_id, visitor_id) UNION ALL ({spans})"""
"""The spans as they are after the visits of suspects got ids of their own."""

CHAINED = """
    WITH placed AS (
        SELECT session_id, visitor_id, first_us, last_us, acted_us, device, platform,
               device IS NOT NULL OR platform IS NOT NULL AS is_placed
        FROM spans WHERE device IS NOT DISTINCT FROM device_2 AND platform IS NOT DISTINCT FROM platform_2),
    followed AS (
        SELECT *, max(last_us) OVER before AS before_us, max(acted_us) OVER before AS before_acted_us
        FROM placed
        WINDOW before AS (PARTITION BY visitor_id, device, platform ORDER BY first_us, session_id
                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
    numbered AS (
        SELECT *, sum(CASE WHEN first_us <= before_us + {gap_us} THEN 0 ELSE 1 END) OVER (
                   PARTITION BY visitor_id, device, platform ORDER BY first_us, session_id
                   ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS chain
        FROM followed)
    SELECT session_id, visitor_id, device, platform, first_us, chain,
           row_number() OVER (PARTITION BY visitor_id, device, platform, chain ORDER BY first_us, session_id) AS nth,
           is_placed AND first_us < before_acted_us - {late_us} AS is_overlap,
           first_us <= before_us + {change_us} AS is_quick, first_us <= before_us + {note_us} AS is_noted
    FROM numbered
    QUALIFY count(*) OVER (PARTITION BY visitor_id, device, platform, chain) > 1"""
"""Sessions of one visitor in one place that follow each other without an idle gap."""

JOINED = f"""
    WITH pages AS (
        SELECT DISTINCT c.visitor_id, c.device, c.platform, c.chain, c.nth, r.query_id
        FROM linked_rows AS r JOIN chained AS c ON r.session_id = c.session_id AND r.visitor_id = c.visitor_id
        WHERE r.query_id IS NOT NULL AND r.event_type IN {_BROWSING}),
    torn AS (
        SELECT DISTINCT visitor_id, device, platform, chain, nth FROM pages
        QUALIFY nth > min(nth) OVER (PARTITION BY visitor_id, device, platform, chain, query_id)),
    linked AS (
        SELECT c.*, coalesce(is_overlap, false) AS is_over, t.nth IS NOT NULL AS is_torn,
               c.nth > 1 AND (coalesce(is_overlap, false) OR coalesce(is_quick, false) OR t.nth IS NOT NULL) AS is_linked
        FROM chained AS c LEFT JOIN torn AS t
          ON c.visitor_id = t.visitor_id AND c.device IS NOT DISTINCT FROM t.device
         AND c.platform IS NOT DISTINCT FROM t.platform AND c.chain = t.chain AND c.nth = t.nth),
    grouped AS (
        SELECT *, sum(CASE WHEN is_linked THEN 0 ELSE 1 END) OVER (
                   PARTITION BY visitor_id, device, platform, chain ORDER BY nth
                   ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS visit
        FROM linked),
    judged AS (
        SELECT session_id, visitor_id, nth, is_noted,
               min(nth) OVER (v) AS first_nth, first_value(session_id) OVER (v ORDER BY nth) AS visit_id,
               count(*) OVER (v) AS n_ids, bool_or(is_over) OVER (v) AS has_overlap, bool_or(is_torn) OVER (v) AS has_torn
        FROM grouped WINDOW v AS (PARTITION BY visitor_id, device, platform, chain, visit))
    SELECT session_id, visitor_id, visit_id, n_ids, is_noted,
           CASE WHEN has_torn THEN 'one page under several ids' WHEN has_overlap THEN 'they alternate'
                ELSE 'it changes again and again' END AS because,
           has_overlap OR has_torn OR n_ids >= {{min_ids}} AS is_sure
    FROM judged WHERE nth > first_nth AND (has_overlap OR has_torn OR n_ids >= {{min_ids}} OR is_noted)"""

BROKEN = f"""
    WITH rows AS (
        SELECT import_id, line, session_id, visit_id, n_ids, because, is_sure,
               CASE WHEN is_sure THEN 1 ELSE row_number() OVER (
                   PARTITION BY session_id, visitor_id ORDER BY occurred_at_us, import_id, line) END AS nth
        FROM linked_rows AS r JOIN joined USING (session_id, visitor_id))
    SELECT import_id, line, CASE WHEN is_sure THEN 'broken_session' ELSE 'session_changed' END AS rule,
           CASE WHEN is_sure THEN 'repair' ELSE 'note' END AS action,
           CASE WHEN is_sure THEN 'session_id' END AS field, CASE WHEN is_sure THEN visit_id ELSE {_NONE} END AS new,
           CAST(CASE WHEN is_sure
                THEN to_json(struct_pack(field := 'session_id', old := session_id, new := visit_id,
                     because := because, ids := n_ids))
                ELSE to_json(struct_pack(session_id := session_id, before := visit_id)) END AS VARCHAR) AS detail
    FROM rows WHERE nth = 1"""
