"""Stock that nobody has updated.

A stock figure is as old as its product's ``updated_at_us``. Whether that time tells anything is asked
of the whole catalogue first: where most products were last updated long before the log ends, the
column holds something else (a release, an edit of the text) and the age of a figure is not judged.
"""

from __future__ import annotations

import math

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.stock.settings import StockRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_MOVED = sql_file(__file__, "sold_since_update")
_BEYOND = sql_file(__file__, "sold_beyond_stock")
_STALE = sql_file(__file__, "stale_stock")
_ABSURD = sql_file(__file__, "absurd_stock")

CHECKS = (
    Check(
        name="sold_without_stock",
        step="stock",
        on="products",
        action="note",
        field="stock_units",
        why="it was told to be sold out, and is bought since: shoppers who filter by stock never see it",
        fix="send stock with every change, or leave it empty where it is not tracked",
    ),
    Check(
        name="sold_beyond_stock",
        step="stock",
        on="products",
        action="note",
        field="stock_units",
        why="more was bought since its stock was told than there was",
        fix="send stock with every change, or leave it empty where it is not tracked",
    ),
    Check(
        name="stale_stock",
        step="stock",
        on="products",
        action="note",
        field="stock_units",
        why="its stock has not been told for long, while that of its category is",
        fix="look why the feed leaves this product out; delist it if it is gone",
    ),
    Check(
        name="absurd_stock",
        step="stock",
        on="products",
        action="note",
        field="stock_units",
        why="no product of its category has nearly as many: a placeholder, or two columns run together",
        fix="send what can be sold now; leave it empty where it is not tracked",
    ),
)
_DAY_US = 86_400_000_000
_NOTE = "'note' AS action, 'stock_units' AS field, CAST(NULL AS VARCHAR) AS new"


def find(ledger: FindingsStore, settings: StockRules, given: CheckContext) -> CheckResult:
    """Figures against the raw purchases since, against the figures of the category."""
    tables, of = ledger.tables, settings
    if _n_with_stock(ledger) == 0:
        return CheckResult()
    moved = ledger.work / "stock_moved.parquet"
    tables.sql(_moved(ledger), out=moved, events=given.raw_events, **ledger.inputs())
    selects, why = [_absurd(ledger, of)], _why_not(ledger, given, of)
    if why is None:
        selects += [_beyond(of), _stale(ledger, of)]
    words = () if why is None else (f"sold_without_stock, sold_beyond_stock, stale_stock: {why}",)
    ends = tables.sql(_end(given), out=None, events=given.raw_events)
    return CheckResult(selects=selects, inputs={"moved": moved, "ends": ends}, not_checked=words)


STEP = Step(name="stock", settings=StockRules, checks=CHECKS, detectors=(find,))

_END = "SELECT max(received_at_us) AS end_us FROM events WHERE received_at_us <= {tomorrow_us}"
"""The log's end; an event from a time to come does not move it."""


def _end(given: CheckContext) -> str:
    return _END.format(tomorrow_us=given.now_us + _DAY_US)


def _n_with_stock(ledger: FindingsStore) -> int:
    rows = ledger.rows("stock_units")
    found = ledger.tables.sql(
        f"SELECT count(stock_units) AS n FROM {rows}", out=None, **ledger.inputs()
    )
    return int(found["n"][0].as_py())


def _why_not(ledger: FindingsStore, given: CheckContext, of: StockRules) -> str | None:
    """Why the age of figures cannot be judged; None: it can."""
    rows = ledger.rows("stock_units", "updated_at_us")
    found = ledger.tables.sql(
        f"SELECT median(({_end(given).replace('AS end_us', '')}) - updated_at_us) / {_DAY_US} AS days "
        f"FROM {rows} WHERE stock_units IS NOT NULL AND updated_at_us IS NOT NULL",
        out=None,
        events=given.raw_events,
        **ledger.inputs(),
    )["days"][0].as_py()
    if found is None:
        return "there are no events, or no product says when it was updated"
    if found > of.fresh_days:
        return (
            f"half of the products were updated {found:.0f} days or longer before the last event, "
            "so updated_at_us does not say when stock was told"
        )
    return None


def _moved(ledger: FindingsStore) -> str:
    """Products with stock, and the units bought since it was told (less those cancelled)."""
    return _MOVED(rows=ledger.rows("product_id", "stock_units", "updated_at_us"))


def _beyond(of: StockRules) -> str:
    excess = f"greatest({of.min_excess_units}, {of.min_excess_share} * stock_units)"
    return _BEYOND(note=_NOTE, excess=excess)


def _stale(ledger: FindingsStore, of: StockRules) -> str:
    return _STALE(
        day_us=_DAY_US,
        rows=ledger.rows("category", "stock_units", "updated_at_us"),
        fresh_days=of.fresh_days,
        min_rows=of.min_rows,
        min_fresh_share=of.min_fresh_share,
        note=_NOTE,
        stale_days=of.stale_days,
    )


def _absurd(ledger: FindingsStore, of: StockRules) -> str:
    """A figure that many products carry is a habit of the shop (9999: always there), not a slip."""
    return _ABSURD(
        rows=ledger.rows("category", "stock_units"),
        min_rows=of.min_rows,
        note=_NOTE,
        absurd_units=of.absurd_units,
        log=math.log(of.absurd_ratio),
        max_deviations=of.max_deviations,
    )
