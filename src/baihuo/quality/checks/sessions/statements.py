"""The SELECTs of the step ``sessions``, in the order in which they run."""

from __future__ import annotations

from baihuo.engine.sql_files import sql_file

_BROWSING = (
    "('search', 'impression', 'click', 'dwell', 'add_to_cart', 'remove_from_cart', "
    "'ad_impression', 'ad_click')"
)
_NONE = "CAST(NULL AS VARCHAR)"
# a dwell is told when it ends: the visitor was there all the while
_SINCE = (
    "occurred_at_us - CASE WHEN event_type = 'dwell' THEN coalesce(dwell_ms, 0) * 1000 ELSE 0 END"
)

SPANS = sql_file(__file__, "session_spans").bind(since=_SINCE, browsing=_BROWSING)


DOUBTFUL = """
    SELECT session_id, count(*) > 1 AS is_shared FROM spans GROUP BY session_id
    HAVING count(*) > 1 OR bool_or(last_us - first_us > {idle_us})"""
"""Ids of several visitors, and of one for longer than the longest gap: only their rows are read again."""

VERDICTS = sql_file(__file__, "merged_ids").bind(browsing=_BROWSING)


MERGED = sql_file(__file__, "merged_sessions").bind(browsing=_BROWSING, since=_SINCE)

AGAIN = """
    SELECT * FROM spans ANTI JOIN verdicts USING (session_id, visitor_id) UNION ALL ({spans})"""
"""The spans as they are after the visits of suspects got ids of their own."""

CHAINED = sql_file(__file__, "session_chains")


JOINED = sql_file(__file__, "broken_visits").bind(browsing=_BROWSING)

BROKEN = sql_file(__file__, "broken_sessions").bind(none=_NONE)
