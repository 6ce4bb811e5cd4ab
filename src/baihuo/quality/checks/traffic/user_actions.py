"""User actions: what a hand does, as opposed to what a client sends by itself.

A page of 48 impressions is one action, an order of 300 lines is one, and so is putting a whole old
order into the cart at once. A click is one each, a dwell none. Floods and bots are judged by user actions.
"""

from __future__ import annotations

from pathlib import Path

from baihuo.engine import sql_file
from baihuo.quality.findings import FindingsStore, n_rows

MANY_CLIENTS = 4  # pairs of platform and country at once: that many are many people under one id
_COLUMNS = "event_type visitor_id product_id query_id order_id occurred_at_us platform country dwell_ms".split()
_DAILY_COUNTS = sql_file(__file__, "daily_counts")
_BUSY_DAYS = sql_file(__file__, "busy_days")
_BUSY_ROWS = sql_file(__file__, "busy_rows")
_USER_ACTIONS = sql_file(__file__, "user_actions")


def daily_counts(findings: FindingsStore) -> Path:
    """One row for each visitor and day: how often they did what. Made once, then read again."""
    out = findings.work / "daily_counts.parquet"
    if not out.exists():
        rows = findings.rows_as_counted("visitor_id", "event_type", "occurred_at_us")
        findings.tables.sql(_DAILY_COUNTS(rows=rows), out=out, **findings.inputs())
    return out


def busy_visitors(findings: FindingsStore, min_actions: int) -> tuple[Path, Path] | None:
    """The rows around days of ``min_actions`` user actions or more, and these actions; None without any."""
    days, work = daily_counts(findings), findings.work
    rows, actions = work / "busy_rows.parquet", work / "user_actions.parquet"
    busy_days = _BUSY_DAYS(min_actions=min_actions)
    if not findings.tables.sql(f"SELECT 1 FROM ({busy_days}) LIMIT 1", days=days).num_rows:
        return None  # which saves a scan of the log
    findings.tables.sql(
        _BUSY_ROWS(rows=findings.rows_as_counted(*_COLUMNS), busy_days=busy_days),
        out=rows,
        days=days,
        **findings.inputs(),
    )
    findings.tables.sql(_USER_ACTIONS(), out=actions, busy_rows=rows)
    return (rows, actions) if n_rows(actions) else None
