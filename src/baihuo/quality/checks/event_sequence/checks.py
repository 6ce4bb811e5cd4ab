"""Events that cannot happen before another one has happened.

The visitor's clock decides, because it timed both events: however wrong it is, it orders the actions
of one visitor. Only what the log itself contradicts counts: not a click whose impression was never logged, nor what
is cancelled in the log's first weeks. What an earlier step took out still happened, and a time that it repaired is not
right to the second: a visitor's events of that product are not judged. What stands in or soon after a hole of the log
may have had a view, or a purchase, that was lost.
"""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field, NonNegativeInt

from baihuo.engine import Source, sql_file
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import PARTS, FindingsStore, n_rows
from baihuo.quality.limits import Limits, Share
from baihuo.quality.spec import CheckContext, CheckResult, Step


class OrderRules(Limits):
    """Events that cannot happen before another one has happened."""

    warn_above: Share | None = 0.02
    stop_above: Share | None = 0.2
    tolerance_ms: NonNegativeInt = 2_000
    # of purchases with a view before; below it, views are not logged and the check is skipped
    min_view_share: Share = 0.9
    # from the log's beginning; a cancel without a purchase may be of an earlier one
    returns_days: int = Field(default=30, ge=0, le=3_650)


CHECKS = read_checks(__file__, "order")
_HOUR_US, _DAY_US = 3_600_000_000, 86_400_000_000
_COLUMNS = ("visitor_id", "product_id", "platform", "event_type", "occurred_at_us")
_UNITS = "coalesce(quantity, 1) AS units"
_UNPLACED_PAIRS = sql_file(__file__, "unplaced_pairs")
_EVENTS_OF_PAIRS = sql_file(__file__, "events_of_pairs")
_PURCHASES_WITH_VIEWS = sql_file(__file__, "purchases_with_views")
_CLICK_BEFORE_IMPRESSION = sql_file(__file__, "click_before_impression")
_PURCHASE_BEFORE_VIEW = sql_file(__file__, "purchase_before_view")
_UNMATCHED_CANCELS = sql_file(__file__, "unmatched_cancels").bind(returns_us=7 * _DAY_US)
_HOLES = sql_file(__file__, "holes").bind(max_share=0.1, min_usual=12)
_HOLES_BY_HOUR = _HOLES.bind(span_us=_HOUR_US, n_spans=24)
_HOLES_BY_DAY = _HOLES.bind(span_us=_DAY_US, n_spans=7)
_VIEWS, _PURCHASES = "('impression', 'click', 'dwell', 'add_to_cart')", "('purchase')"


def find(findings: FindingsStore, settings: OrderRules, context: CheckContext) -> CheckResult:
    """Events that cannot have happened before an event that happened later."""
    files: dict[str, Source] = {}

    def write(name: str, select: str, **inputs: Source) -> int:
        out = findings.work / f"order_{name}.parquet"
        findings.tables.sql(select, out=out, **files, **findings.inputs(), **inputs)
        files[name] = out
        return n_rows(out)

    rows = findings.rows(*_COLUMNS, "query_id")
    values = {"rows": rows, "tolerance_us": settings.tolerance_ms * 1000}
    _write_unplaced(findings, write)
    selects = [
        finding_sql(
            _CLICK_BEFORE_IMPRESSION(**values), "click_before_impression", action="quarantine"
        )
    ]
    pairs = f"SELECT DISTINCT visitor_id, product_id FROM {rows} WHERE event_type IN ('purchase', 'cancel')"
    if not write("pairs", pairs):
        return CheckResult(selects=selects, inputs=files)
    columns = ", ".join(["import_id", "line", *_COLUMNS, _UNITS])
    earlier = "history" if context.history else "(SELECT * FROM raw LIMIT 0)"
    of_pairs = _EVENTS_OF_PAIRS(
        rows=f"(SELECT {columns} FROM {findings.rows(*_COLUMNS, 'quantity')})",
        earlier=f"(SELECT {columns} FROM {earlier})",
    )
    history: dict[str, Source] = {"history": list(context.history)} if context.history else {}
    write("events_of_pairs", of_pairs, **history)
    write("purchase_holes", _HOLES_BY_DAY(rows="events_of_pairs", types=_PURCHASES))
    early_until_us = (
        0 if context.begins_day is None else (context.begins_day + settings.returns_days) * _DAY_US
    )
    selects.append(_UNMATCHED_CANCELS(**values, early_until_us=early_until_us))
    n_purchases = write("purchases_with_views", _PURCHASES_WITH_VIEWS())
    viewed = f"SELECT count(*) AS n FROM purchases_with_views WHERE first_view_us <= occurred_at_us + {values['tolerance_us']}"
    n_viewed = findings.tables.sql(viewed, out=None, **files)["n"][0].as_py()
    if n_viewed == n_purchases:
        return CheckResult(selects=selects, inputs=files)
    if n_viewed < settings.min_view_share * n_purchases:
        reason = (
            f"purchase_before_view: only {n_viewed / n_purchases:.0%} of purchases follow a view of the product, so "
            "this log does not hold the views"
        )
        return CheckResult(selects=selects, inputs=files, not_checked=(reason,))
    by_day, by_hour = (h(rows=rows, types=_VIEWS) for h in (_HOLES_BY_DAY, _HOLES_BY_HOUR))
    write("view_holes", f"FROM ({by_day}) UNION ALL FROM ({by_hour})")
    selects.append(
        finding_sql(_PURCHASE_BEFORE_VIEW(**values), "purchase_before_view", action="quarantine")
    )
    return CheckResult(selects=selects, inputs=files)


def _write_unplaced(findings: FindingsStore, write: Callable[..., int]) -> None:
    # in files, few rows are known to be few, and the log is read once for them
    parts: Source = list(findings.parts) or PARTS.empty_table()
    n_unplaced = write(
        "unplaced",
        "SELECT DISTINCT import_id, line FROM parts "
        "WHERE action = 'quarantine' OR (action = 'repair' AND field = 'occurred_at_us')",
        parts=parts,
    )
    columns = ("visitor_id", "query_id", "product_id", "event_type")
    as_they_came = f"SELECT import_id, line, {', '.join(columns)} FROM raw SEMI JOIN unplaced USING (import_id, line)"
    write("unplaced_raw", as_they_came if n_unplaced else f"{as_they_came} LIMIT 0")
    # read as the raw rows are: without those removed since, and with repairs applied
    unplaced = findings.rows(*columns).replace("FROM raw", "FROM unplaced_raw AS raw", 1)
    write("unplaced_pairs", _UNPLACED_PAIRS(rows=unplaced))


# the name is data: the section of quality.yaml and the step in findings and reports go by it
STEP = Step(name="order", settings=OrderRules, checks=CHECKS, detectors=(find,))
