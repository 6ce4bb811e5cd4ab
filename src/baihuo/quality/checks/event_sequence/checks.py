"""What cannot happen before something else did.

The visitor's own clock decides, because both events were timed by it: however wrong it is, it
orders one visitor's acts. Only what the log itself contradicts counts: a click whose impression
was never logged is a hole in the log, not a lie, and what is cancelled in the log's first weeks was
likely bought before it begins.
"""

from __future__ import annotations

from pathlib import Path

from baihuo.engine import Source
from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.event_sequence.settings import OrderRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.engine.outputs import PARTS
from baihuo.quality.engine.partitions import DAY_US
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

CHECKS = (
    Check(
        name="click_before_impression",
        step="order",
        on="events",
        action="quarantine",
        why="the same page says that this product came on screen after it was clicked",
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
        version="2",
    ),
    Check(
        name="cancel_of_earlier_purchase",
        step="order",
        on="events",
        action="note",
        why="the log had just begun and holds no purchase of this product by this visitor: likely one from before it",
        fix="import earlier history; order.returns_days says how long after its beginning this is likely",
    ),
    Check(
        name="cancel_of_more_than_bought",
        step="order",
        on="events",
        action="note",
        why="by then more units were cancelled than this visitor had bought of the product",
        fix="import earlier history, or look for a cancel sent twice",
    ),
)
_NONE = "CAST(NULL AS VARCHAR)"
_AT = "occurred_at_us"


def find(ledger: FindingsStore, settings: OrderRules, given: CheckContext) -> CheckResult:
    """Events that cannot have happened before something that happened later."""
    late_us = settings.tolerance_ms * 1000
    bought = ledger.work / "bought.parquet"
    columns = (
        "event_type",
        "visitor_id",
        "product_id",
        "occurred_at_us",
        "session_id",
        "query_id",
        "quantity",
    )
    rows = ledger.rows(*columns)
    inputs, sales = dict[str, Source](), ""
    unsure, mended = ledger.work / "unsure_times.parquet", ledger.work / "mended_clocks.parquet"
    _find_unsure(ledger, unsure)
    mends = f"SELECT import_id, line FROM parts WHERE action = 'repair' AND rule = '{_MENDED}'"
    ledger.tables.sql(mends, out=mended, parts=list(ledger.parts) or PARTS.empty_table())
    inputs |= {"unsure": unsure, "mended": mended}
    # in a file of their own: only then is it known that they are few, and looked up, not the views
    purchases = ledger.work / "purchases.parquet"
    ledger.tables.sql(_PURCHASED.format(rows=rows), out=purchases, **ledger.inputs())
    ledger.tables.sql(_BOUGHT(rows=rows), out=bought, purchases=purchases, **ledger.inputs())
    if given.history:  # what was seen and bought in earlier ranges of days counts, too
        bought, inputs["earlier"] = _look_back(ledger, given, rows, bought, late_us)
        sales = _SALES_BEFORE
    seen = ledger.tables.sql(
        f"SELECT avg(CASE WHEN first_view_us <= {_AT} + {late_us} THEN 1 ELSE 0 END) AS share FROM bought",
        bought=bought,
    )["share"][0].as_py()
    found = [
        _CLICKS(rows=rows, late_us=late_us),
        _CANCELS(rows=rows, late_us=late_us, earlier=sales, until_us=_early_until(settings, given)),
    ]
    if seen is None:
        return CheckResult(selects=found, inputs=inputs)
    if seen < settings.min_view_share:
        why = (
            f"purchase_before_view: only {seen:.0%} of purchases follow a view of the product, so this "
            "log does not hold the views"
        )
        return CheckResult(selects=found, inputs=inputs, not_checked=(why,))
    found.append(_PURCHASES(late_us=late_us))
    return CheckResult(selects=found, inputs={**inputs, "bought": bought})


def _look_back(
    ledger: FindingsStore, given: CheckContext, rows: str, bought: Path, late_us: int
) -> tuple[Path, Path]:
    """``bought`` with earlier views, and what else earlier ranges of days say of what is in doubt.

    The history is long, so it is read once, by visitor, and only for purchases without a view and for cancels.
    """
    doubtful, earlier, seen = (
        ledger.work / f"{name}.parquet" for name in ("doubtful", "earlier", "bought_seen")
    )
    inputs, history = ledger.inputs(), list(given.history)
    asked = _DOUBTFUL.format(rows=rows, late_us=late_us)
    ledger.tables.sql(asked, out=doubtful, bought=bought, **inputs)
    ledger.tables.sql(_EARLIER(), out=earlier, history=history, doubtful=doubtful)
    ledger.tables.sql(_BOUGHT_SEEN(), out=seen, bought=bought, earlier=earlier)
    return seen, earlier


def _early_until(settings: OrderRules, given: CheckContext) -> int:
    """Until when what is cancelled may have been bought before the log begins; 0 where that is not known."""
    if given.begins_day is None:
        return 0
    return (given.begins_day + settings.returns_days) * DAY_US


def _find_unsure(ledger: FindingsStore, out: Path) -> None:
    """Views that have a time of ours instead of theirs: later than it was, by as long as the event took to
    reach us, so it proves nothing about what came before it."""
    columns = ("visitor_id", "product_id", "event_type", "query_id", "session_id")
    page = "coalesce(query_id, session_id) AS page"
    ledger.tables.sql(
        f"SELECT DISTINCT visitor_id, {page}, product_id, event_type FROM {ledger.rows(*columns)} AS r "
        "SEMI JOIN (SELECT import_id, line FROM parts WHERE action = 'repair' "
        f"AND rule IN {_OUR_TIME}) USING (import_id, line) WHERE event_type IN {_VIEWS}",
        out=out,
        parts=list(ledger.parts) or PARTS.empty_table(),
        **ledger.inputs(),
    )


# clocks drift as well: one number is taken off all of a device's times, so that a mended one is right to about this
_MENDED, _MENDED_US = "skewed_clock", 120_000_000
_OUR_TIME = "('received_before_it_occurred', 'stuck_clock')"
_VIEWS = "('impression', 'click', 'dwell', 'add_to_cart')"
_DOUBTFUL = f"""
    SELECT visitor_id, product_id FROM bought WHERE first_view_us IS NULL OR first_view_us > {_AT} + {{late_us}}
    UNION SELECT visitor_id, product_id FROM {{rows}} WHERE event_type = 'cancel'"""
_EARLIER = sql_file(__file__, "earlier_events").bind(at=_AT)
_BOUGHT_SEEN = sql_file(__file__, "add_earlier_views").bind(at=_AT, views=_VIEWS)
# UNION: the last rows of the history are seen among the rows, too
_SALES_BEFORE = f"""
              UNION SELECT import_id, line, visitor_id, product_id, {_AT}, quantity
              FROM earlier WHERE event_type = 'purchase'"""

_CLICKS = sql_file(__file__, "clicks_before_impressions").bind(at=_AT, none=_NONE, mended_us=_MENDED_US)

_PURCHASED = f"""
    SELECT import_id, line, visitor_id, product_id, {_AT} FROM {{rows}} WHERE event_type = 'purchase'"""

_BOUGHT = sql_file(__file__, "purchases_with_views").bind(at=_AT, views=_VIEWS)

_PURCHASES = sql_file(__file__, "purchases_before_views").bind(none=_NONE, at=_AT)

_CANCELS = sql_file(__file__, "unmatched_cancels").bind(at=_AT, none=_NONE)


# the name is data: the section of quality.yaml and the step in findings and reports go by it
STEP = Step(name="order", settings=OrderRules, checks=CHECKS, detectors=(find,))
