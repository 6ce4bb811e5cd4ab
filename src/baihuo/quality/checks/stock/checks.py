"""Stock figures that are out of date.

A stock figure is as old as its product's ``updated_at_us``. Whether that time says anything about stock is
judged for the whole catalogue first: where most products were last updated long before the log ends, the
column holds something else (a release, an edit of the text) and the age of figures is not checked.
"""

from __future__ import annotations

import pyarrow as pa
from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.engine import sql_file
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore
from baihuo.quality.limits import Limits
from baihuo.quality.spec import CheckContext, CheckResult, Step


class StockRules(Limits):
    """Stock figures that are out of date."""

    # half of all figures must be newer than this at the log's end, or no age is checked
    fresh_days: PositiveFloat = 14
    stale_days: PositiveFloat = 45  # a figure is stale when it is older ...
    # ... and this share of its category is fresh
    min_fresh_share: float = Field(default=0.8, gt=0.5, le=1)
    min_rows: PositiveInt = 20  # products of a category before it is compared with


_STALE_STOCK = sql_file(__file__, "stale_stock")

CHECKS = read_checks(__file__, "stock")
_DAY_US = 86_400_000_000


def find(findings: FindingsStore, settings: StockRules, context: CheckContext) -> CheckResult:
    """Figures whose age is compared with that of the category's."""
    if "stock_units" in findings.empty:
        return CheckResult()
    end_us = _log_end_us(findings, context)
    if reason := _why_ages_say_nothing(findings, end_us, settings):
        return CheckResult(not_checked=(f"stale_stock: {reason}",))
    stale = _STALE_STOCK(
        **settings.sql(), rows=findings.rows("category", "stock_units", "updated_at_us")
    )
    log_end = pa.table({"end_us": pa.array([end_us], pa.int64())})
    return CheckResult(selects=[finding_sql(stale, CHECKS[0])], inputs={"log_end": log_end})


STEP = Step(name="stock", settings=StockRules, checks=CHECKS, detectors=(find,))


def _log_end_us(findings: FindingsStore, context: CheckContext) -> int | None:
    """When the last event reached us; a time in the future does not count. None: there are no events."""
    end = findings.tables.sql(
        f"SELECT max(received_at_us) AS end_us FROM events WHERE received_at_us <= {context.now_us + _DAY_US}",
        out=None,
        events=context.raw_events,
    )
    end_us: int | None = end["end_us"][0].as_py()
    return end_us


def _why_ages_say_nothing(
    findings: FindingsStore, end_us: int | None, settings: StockRules
) -> str | None:
    """Why the age of figures cannot be judged; None: it can."""
    rows = findings.rows("stock_units", "updated_at_us")
    days = None
    if end_us is not None:
        days = findings.tables.sql(
            f"SELECT median({end_us} - updated_at_us) / {_DAY_US} AS days FROM {rows} "
            "WHERE stock_units IS NOT NULL AND updated_at_us IS NOT NULL",
            out=None,
            **findings.inputs(),
        )["days"][0].as_py()
    if days is None:
        return "there are no events, or no product says when it was updated"
    if days > settings.fresh_days:
        return (
            f"half of the products were updated {days:.0f} days or longer before the last event, "
            "so updated_at_us does not say when stock was updated"
        )
    return None
