"""Events that cannot happen before another one has happened.

The visitor's clock decides, because it timed both events: however wrong it is, it orders the actions
of one visitor. Only what the log itself contradicts counts. A click whose impression was never logged is
a gap in the log, not a wrong order, and what is cancelled in the log's first weeks was likely bought
before the log begins. What an earlier step quarantined still happened, at a time that nobody knows, and what stands
in or soon after a hole of the log may have had a view that was lost.
"""

from __future__ import annotations

from pathlib import Path

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.event_sequence.settings import OrderRules
from baihuo.quality.checks.narrow_scan import rows_of
from baihuo.quality.findings import PARTS, FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_DAY_US = 86_400_000_000

CHECKS = (
    Check(
        name="click_before_impression",
        step="order",
        on="events",
        action="quarantine",
        why="on the same page this product came on screen only after it was clicked",
        fix="time each event when it happens, not when the batch is sent",
    ),
    Check(
        name="purchase_before_view",
        step="order",
        on="events",
        action="quarantine",
        why="this visitor had not seen the product before buying it, in a log where buyers have",
        fix="send the time of the purchase, not of the export; log views on every platform. If many "
        "buy without a view (a till, a call), raise order.min_view_share",
    ),
    Check(
        name="cancel_without_purchase",
        step="order",
        on="events",
        action="quarantine",
        why="this visitor had not bought the product, so there was nothing to cancel",
        fix="import earlier history; a correction of stock or money is not a cancel",
        version="3",
    ),
    Check(
        name="cancel_of_earlier_purchase",
        step="order",
        on="events",
        action="note",
        why="the log had just begun, or had lost its purchases, and holds none of this product by this visitor: likely one "
        "from before it, or of those lost",
        fix="import earlier history; order.returns_days says how long after its beginning this is likely",
        version="2",
    ),
    Check(
        name="cancel_of_more_than_bought",
        step="order",
        on="events",
        action="note",
        why="by then more units were cancelled than this visitor had bought of the product, or in the order that is named",
        fix="import earlier history, or look for a cancel sent twice",
    ),
)
_VIEW_TYPES = "('impression', 'click', 'dwell', 'add_to_cart')"
_SERVER_TIME_RULES = "('received_before_it_occurred', 'stuck_clock')"  # repairs that take our clock
_OFFSET_RULE = "skewed_clock"  # the repair that takes one number off all of a device's times
_OFFSET_ACCURACY_US = (
    120_000_000  # clocks drift, so that a time repaired by it is right to about this
)
_COLUMNS = tuple(
    "event_type visitor_id product_id platform occurred_at_us session_id query_id order_id quantity".split()
)
_PURCHASES_WITH_VIEWS = sql_file(__file__, "purchases_with_views").bind(view_types=_VIEW_TYPES)
_ADD_EARLIER_VIEWS = sql_file(__file__, "add_earlier_views").bind(view_types=_VIEW_TYPES)
_UNPLACED_EVENTS = sql_file(__file__, "unplaced_events").bind(view_types=_VIEW_TYPES)
_VIEW_HOLES = sql_file(__file__, "view_holes").bind(
    view_types=_VIEW_TYPES, max_share=0.1, min_usual=12
)
_AFTER_HOLE_US = 2 * 3_600_000_000
_PURCHASE_HOLES = sql_file(__file__, "view_holes").bind(
    view_types="('purchase')", max_share=0.1, min_usual=12
)
_IS_AFTER_HOLE = (
    "EXISTS (SELECT 1 FROM purchase_holes AS h WHERE c.occurred_at_us >= h.starts_us "
    f"AND c.occurred_at_us < h.ends_us + {7 * _DAY_US})"
)
_DOUBTFUL_PAIRS = sql_file(__file__, "doubtful_pairs")
_EARLIER_EVENTS = sql_file(__file__, "earlier_events")
# UNION without ALL: the last rows of the earlier ranges are among the rows of this one, too
_EARLIER_PURCHASES = """
    UNION SELECT import_id, line, visitor_id, product_id, order_id, occurred_at_us, quantity
    FROM earlier WHERE event_type = 'purchase'"""
_CLICKS_BEFORE_IMPRESSIONS = sql_file(__file__, "clicks_before_impressions").bind(
    repaired_within_us=_OFFSET_ACCURACY_US
)
_PURCHASES_BEFORE_VIEWS = sql_file(__file__, "purchases_before_views")
_UNMATCHED_CANCELS = sql_file(__file__, "unmatched_cancels")


def find(findings: FindingsStore, settings: OrderRules, context: CheckContext) -> CheckResult:
    """Events that cannot have happened before an event that happened later."""
    tolerance_us = settings.tolerance_ms * 1000
    rows, inputs = findings.rows(*_COLUMNS), dict[str, Source]()
    inputs["unplaced_events"] = _unplaced_events(findings)
    inputs["repaired_clocks"] = _repaired_clocks(findings)
    purchases, earlier_purchases = _purchases(findings, rows), ""
    has_purchases = n_rows(purchases) > 0
    if has_purchases or context.history:
        purchases = _with_views(findings, rows, purchases)
    if context.history:  # views and purchases of earlier ranges of days count, too
        purchases, inputs["earlier"] = _look_back(findings, context, rows, purchases, tolerance_us)
        earlier_purchases = _EARLIER_PURCHASES
    has_holes = _has_purchase_holes(findings, rows, inputs)
    selects = [
        _CLICKS_BEFORE_IMPRESSIONS(rows=rows, tolerance_us=tolerance_us),
        _UNMATCHED_CANCELS(
            rows=rows,
            tolerance_us=tolerance_us,
            earlier_purchases=earlier_purchases,
            early_until_us=_early_until_us(settings, context),
            is_after_hole=_IS_AFTER_HOLE if has_holes else "false",
        ),
    ]
    if not has_purchases:
        return CheckResult(selects=selects, inputs=inputs)
    viewed = findings.tables.sql(
        f"SELECT count(CASE WHEN first_view_us <= occurred_at_us + {tolerance_us} THEN 1 END) AS n, "
        "count(*) AS of FROM purchases",
        purchases=purchases,
    )
    n_viewed, n_purchases = viewed["n"][0].as_py(), viewed["of"][0].as_py()
    view_share = n_viewed / n_purchases
    if view_share < settings.min_view_share:
        reason = (
            f"purchase_before_view: only {view_share:.0%} of purchases follow a view of the product, so this "
            "log does not hold the views"
        )
        return CheckResult(selects=selects, inputs=inputs, not_checked=(reason,))
    if n_viewed == n_purchases:
        return CheckResult(selects=selects, inputs=inputs)
    inputs["view_holes"] = _view_holes(findings)
    selects.append(_PURCHASES_BEFORE_VIEWS(tolerance_us=tolerance_us, after_hole_us=_AFTER_HOLE_US))
    return CheckResult(selects=selects, inputs={**inputs, "purchases_with_views": purchases})


def _unplaced_events(findings: FindingsStore) -> Path:
    # in files, few rows are known to be few, and the log is read once for them
    unplaced, raw, out = (
        findings.work / f"{name}.parquet"
        for name in ("unplaced_rows", "unplaced_raw", "unplaced_events")
    )
    columns = ("visitor_id", "product_id", "event_type", "query_id", "session_id")
    findings.tables.sql(
        "SELECT import_id, line, action FROM parts "
        f"WHERE action = 'quarantine' OR (action = 'repair' AND rule IN {_SERVER_TIME_RULES})",
        out=unplaced,
        parts=_parts(findings),
    )
    findings.tables.sql(
        f"SELECT import_id, line, {', '.join(columns)} FROM raw SEMI JOIN unplaced USING (import_id, line)",
        out=raw,
        raw=findings.raw,
        unplaced=unplaced,
    )
    findings.tables.sql(
        _UNPLACED_EVENTS(rows=rows_of(findings, "unplaced_raw", *columns)),
        out=out,
        unplaced_rows=unplaced,
        unplaced_raw=raw,
        **findings.inputs(),
    )
    return out


def _has_purchase_holes(findings: FindingsStore, rows: str, inputs: dict[str, Source]) -> bool:
    """Whether purchases were lost that a cancel may be of; then ``inputs`` gets the times."""
    cancels = f"SELECT 1 AS one FROM {rows} WHERE event_type = 'cancel' LIMIT 1"
    if not findings.tables.sql(cancels, out=None, **findings.inputs()).num_rows:
        return False
    holes = inputs["purchase_holes"] = findings.work / "purchase_holes.parquet"
    findings.tables.sql(_PURCHASE_HOLES(rows=rows), out=holes, **findings.inputs())
    return n_rows(holes) > 0


def _view_holes(findings: FindingsStore) -> Path:
    out = findings.work / "view_holes.parquet"
    rows = findings.rows("event_type", "platform", "visitor_id", "occurred_at_us")
    findings.tables.sql(_VIEW_HOLES(rows=rows), out=out, **findings.inputs())
    return out


def _repaired_clocks(findings: FindingsStore) -> Path:
    out = findings.work / "repaired_clocks.parquet"
    findings.tables.sql(
        f"SELECT import_id, line FROM parts WHERE action = 'repair' AND rule = '{_OFFSET_RULE}'",
        out=out,
        parts=_parts(findings),
    )
    return out


def _parts(findings: FindingsStore) -> Source:
    """What earlier steps found."""
    return list(findings.parts) or PARTS.empty_table()


def _purchases(findings: FindingsStore, rows: str) -> Path:
    # purchases in a file of their own: only then does the engine know that they are few, and joins the
    # many views to them
    purchases = findings.work / "purchases.parquet"
    findings.tables.sql(
        "SELECT import_id, line, visitor_id, product_id, platform, occurred_at_us "
        f"FROM {rows} WHERE event_type = 'purchase'",
        out=purchases,
        **findings.inputs(),
    )
    return purchases


def _with_views(findings: FindingsStore, rows: str, purchases: Path) -> Path:
    out = findings.work / "purchases_with_views.parquet"
    findings.tables.sql(
        _PURCHASES_WITH_VIEWS(rows=rows), out=out, purchases=purchases, **findings.inputs()
    )
    return out


def _look_back(
    findings: FindingsStore, context: CheckContext, rows: str, purchases: Path, tolerance_us: int
) -> tuple[Path, Path]:
    """``purchases`` with the views of earlier ranges of days, and the earlier events of what is in doubt.

    The history is long, so it is read once, by visitor, and only for purchases without a view and for cancels.
    """
    doubtful, earlier, purchases_with_views = (
        findings.work / f"{name}.parquet"
        for name in ("doubtful_pairs", "earlier_events", "purchases_with_all_views")
    )
    findings.tables.sql(
        _DOUBTFUL_PAIRS(rows=rows, tolerance_us=tolerance_us),
        out=doubtful,
        purchases_with_views=purchases,
        **findings.inputs(),
    )
    findings.tables.sql(
        _EARLIER_EVENTS(), out=earlier, history=list(context.history), doubtful=doubtful
    )
    findings.tables.sql(
        _ADD_EARLIER_VIEWS(),
        out=purchases_with_views,
        purchases_with_views=purchases,
        earlier=earlier,
    )
    return purchases_with_views, earlier


def _early_until_us(settings: OrderRules, context: CheckContext) -> int:
    """Until when a cancel may be of a purchase before the log begins; 0 where its beginning is not known."""
    if context.begins_day is None:
        return 0
    return (context.begins_day + settings.returns_days) * _DAY_US


# the name is data: the section of quality.yaml and the step in findings and reports go by it
STEP = Step(name="order", settings=OrderRules, checks=CHECKS, detectors=(find,))
