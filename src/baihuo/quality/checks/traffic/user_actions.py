"""User actions: what a hand does, as opposed to what a client sends by itself.

A page of 48 impressions is one action, an order of 300 lines is one, and so is putting a whole old
order into the cart at once. A click is one each, a dwell none. Floods and bots are judged by user actions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from baihuo.engine import Source, sql_file
from baihuo.quality.findings import FindingsStore, n_rows

Actor: TypeAlias = Literal["visitor_id", "device"]
"""The column that says who acted."""
MANY_CLIENTS = 4  # pairs of platform and country at once: that many are many people under one id
_HAND_TYPES = "('click', 'search', 'add_to_cart', 'remove_from_cart', 'review', 'ad_click')"
_STEPS_US = (1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000)
_COLUMNS = tuple(
    "event_type visitor_id product_id query_id order_id occurred_at_us session_id platform "
    "country device dwell_ms".split()
)
_DAILY_COUNTS = sql_file(__file__, "daily_counts").bind(hand_types=_HAND_TYPES)
_BUSY_DAYS = sql_file(__file__, "busy_days")
_ROWS_NEAR_BUSY_DAYS = sql_file(__file__, "rows_near_busy_days")
_BUSY_ROWS = sql_file(__file__, "busy_rows")
_USER_ACTIONS = sql_file(__file__, "user_actions")


class BusyActors(NamedTuple):
    """Files about actors who had a busy day."""

    rows: Path  # their events on and beside busy days
    actions: Path  # the user actions that these rows are


def daily_counts(findings: FindingsStore, actor: Actor = "visitor_id") -> Path:
    """One row for each actor and day: how often they did what. Made once, then read again."""
    out = findings.work / f"daily_counts_{actor}.parquet"
    if not out.exists():
        rows = findings.rows_as_counted(actor, "event_type", "occurred_at_us")
        findings.tables.sql(_DAILY_COUNTS(rows=rows, actor=actor), out=out, **findings.inputs())
    return out


def time_resolution(findings: FindingsStore) -> Path:
    """(import_id, step_us): times of an import that are all whole minutes were rounded. Made once."""
    out = findings.work / "time_resolution.parquet"
    if out.exists():
        return out
    counts = ", ".join(
        f"count(*) FILTER (occurred_at_us % {step} = 0) AS n{i}" for i, step in enumerate(_STEPS_US)
    )
    steps = " ".join(
        f"WHEN n{i} >= 0.99 * n THEN {step}" for i, step in reversed(list(enumerate(_STEPS_US)))
    )
    findings.tables.sql(
        f"SELECT import_id, CASE {steps} ELSE 0 END AS step_us FROM (SELECT import_id, count(*) AS n, {counts} "
        f"FROM {findings.rows('occurred_at_us')} GROUP BY import_id)",
        out=out,
        **findings.inputs(),
    )
    return out


def busy_actors(
    findings: FindingsStore,
    min_actions: int,
    actor: Actor = "visitor_id",
    *,
    scan_min_actions: int | None = None,
) -> BusyActors | None:
    """The rows around days of ``min_actions`` user actions or more, and these actions; None without any.

    The log is scanned once, for the lowest number that any rule asks about (``scan_min_actions``). Of these
    rows are taken those that are still there.
    """
    lowest = min(scan_min_actions or min_actions, min_actions)
    days, work = daily_counts(findings, actor), findings.work
    near = _rows_near_busy_days(findings, lowest, actor)
    if near is None:
        return None
    rows = work / f"busy_rows_{actor}_{min_actions}.parquet"
    actions = work / f"user_actions_{actor}_{min_actions}.parquet"
    inputs: dict[str, Source] = {"near": near, "days": days}
    remaining = "near"
    if "touched" in findings.inputs():
        inputs["touched"] = findings.touched
        removed = "(SELECT import_id, line FROM touched WHERE is_gone)"
        remaining = f"near ANTI JOIN {removed} AS removed USING (import_id, line)"
    busy_days = _BUSY_DAYS(min_actions=min_actions)
    findings.tables.sql(_BUSY_ROWS(rows=remaining, busy_days=busy_days), out=rows, **inputs)
    findings.tables.sql(_USER_ACTIONS(), out=actions, busy_rows=rows)
    return BusyActors(rows, actions) if n_rows(actions) else None


def _rows_near_busy_days(findings: FindingsStore, min_actions: int, actor: Actor) -> Path | None:
    """Made once; None where no day is busy, which saves a scan of the log."""
    out = findings.work / f"rows_near_busy_days_{actor}_{min_actions}.parquet"
    if out.exists():
        return out
    days, busy_days = daily_counts(findings, actor), _BUSY_DAYS(min_actions=min_actions)
    if not findings.tables.sql(f"SELECT 1 FROM ({busy_days}) LIMIT 1", days=days).num_rows:
        return None
    findings.tables.sql(
        _ROWS_NEAR_BUSY_DAYS(
            rows=findings.rows_as_counted(*_COLUMNS), actor=actor, busy_days=busy_days
        ),
        out=out,
        days=days,
        resolution=time_resolution(findings),
        **findings.inputs(),
    )
    return out
