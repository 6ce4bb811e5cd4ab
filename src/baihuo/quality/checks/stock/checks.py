"""Stock figures that are out of date.

A stock figure is as old as its product's ``updated_at_us``. Whether that time says anything about stock is
judged for the whole catalogue first: where most products were last updated long before the log ends, the
column holds something else (a release, an edit of the text) and the age of figures is not checked.
"""

from __future__ import annotations

import pyarrow as pa

from baihuo.engine import sql_file
from baihuo.quality.checks.stock.settings import StockRules
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult, Step

_SOLD_SINCE_UPDATE = sql_file(__file__, "sold_since_update")
_SOLD_BEYOND_STOCK = sql_file(__file__, "sold_beyond_stock")
_STALE_STOCK = sql_file(__file__, "stale_stock")
_MAX_SINGLE_UNITS = 20  # of one purchase alone: a larger line may itself be the error

CHECKS = read_checks(__file__, "stock")
_DAY_US = 86_400_000_000


def find(findings: FindingsStore, settings: StockRules, context: CheckContext) -> CheckResult:
    """Figures compared with the raw purchases since, and with the figures of the category."""
    if "stock_units" in findings.empty:
        return CheckResult()
    end_us = _log_end_us(findings, context)
    if reason := _why_ages_say_nothing(findings, end_us, settings):
        checks = "sold_without_stock, sold_beyond_stock, stale_stock"
        return CheckResult(not_checked=(f"{checks}: {reason}",))
    sold = findings.work / "sold_since_update.parquet"
    rows = findings.rows("product_id", "stock_units", "updated_at_us")
    findings.tables.sql(
        _SOLD_SINCE_UPDATE(rows=rows), out=sold, events=context.raw_events, **findings.inputs()
    )
    beyond = _SOLD_BEYOND_STOCK(**settings.sql(), max_single_units=_MAX_SINGLE_UNITS)
    stale = _STALE_STOCK(
        **settings.sql(), rows=findings.rows("category", "stock_units", "updated_at_us")
    )
    selects = [
        *(
            finding_sql(f"SELECT * FROM ({beyond}) WHERE {of}", rule, field="'stock_units'")
            for rule, of in (
                ("sold_without_stock", "stock_units = 0"),
                ("sold_beyond_stock", "stock_units > 0"),
            )
        ),
        finding_sql(stale, "stale_stock", field="'stock_units'"),
    ]
    log_end = pa.table({"end_us": pa.array([end_us], pa.int64())})
    return CheckResult(selects=selects, inputs={"sold_since_update": sold, "log_end": log_end})


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
