"""Stock that nobody has updated.

A stock figure is as old as its product's ``updated_at_us``. Whether that time tells anything is asked
of the whole catalogue first: where most products were last updated long before the log ends, the
column holds something else (a release, an edit of the text) and the age of a figure is not judged.
"""

from __future__ import annotations

import math

from baihuo.quality.checks.stock.settings import StockRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

CHECKS = (
    Check(
        name="sold_without_stock",
        step="stock",
        on="products",
        then="note",
        field="stock_units",
        why="it was told to be sold out, and is bought since: shoppers who filter by stock never see it",
        mend="send stock with every change, or leave it empty where it is not tracked",
    ),
    Check(
        name="sold_beyond_stock",
        step="stock",
        on="products",
        then="note",
        field="stock_units",
        why="more was bought since its stock was told than there was",
        mend="send stock with every change, or leave it empty where it is not tracked",
    ),
    Check(
        name="stale_stock",
        step="stock",
        on="products",
        then="note",
        field="stock_units",
        why="its stock has not been told for long, while that of its category is",
        mend="look why the feed leaves this product out; delist it if it is gone",
    ),
    Check(
        name="absurd_stock",
        step="stock",
        on="products",
        then="note",
        field="stock_units",
        why="no product of its category has nearly as many: a placeholder, or two columns run together",
        mend="send what can be sold now; leave it empty where it is not tracked",
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


STEP = Step(name="stock", settings=StockRules, checks=CHECKS, finds=(find,))

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
    return f"""
        WITH told AS (SELECT import_id, line, product_id, stock_units, updated_at_us
                      FROM {ledger.rows("product_id", "stock_units", "updated_at_us")}
                      WHERE stock_units >= 0 AND updated_at_us IS NOT NULL),
        since AS (
            SELECT t.import_id, t.line, count(*) FILTER (e.event_type = 'purchase') AS n_purchases,
                   sum(CASE e.event_type WHEN 'purchase' THEN 1 ELSE -1 END
                       * least(greatest(coalesce(e.quantity, 1), 0), 1000)) AS units
            FROM (SELECT event_id, any_value(product_id) AS product_id, any_value(event_type) AS event_type,
                         any_value(quantity) AS quantity, min(received_at_us) AS received_at_us
                  FROM events WHERE event_type IN ('purchase', 'cancel') GROUP BY event_id) AS e
            JOIN told AS t USING (product_id)
            WHERE e.received_at_us > t.updated_at_us GROUP BY t.import_id, t.line)
        SELECT told.*, since.units, since.n_purchases FROM told JOIN since USING (import_id, line)"""


def _beyond(of: StockRules) -> str:
    excess = f"greatest({of.min_excess_units}, {of.min_excess_share} * stock_units)"
    return f"""
        SELECT import_id, line,
               CASE WHEN stock_units = 0 THEN 'sold_without_stock' ELSE 'sold_beyond_stock' END AS rule, {_NOTE},
               CAST(to_json(struct_pack(field := 'stock_units', stock_units := stock_units, sold_since := units,
                    n_purchases := n_purchases, told_at_us := updated_at_us)) AS VARCHAR) AS detail
        FROM moved WHERE units - stock_units >= {excess} AND n_purchases >= 2"""


def _stale(ledger: FindingsStore, of: StockRules) -> str:
    return f"""
        WITH aged AS (
            SELECT import_id, line, category, stock_units, (end_us - updated_at_us) / {_DAY_US} AS days
            FROM {ledger.rows("category", "stock_units", "updated_at_us")}, ends
            WHERE stock_units IS NOT NULL AND updated_at_us IS NOT NULL),
        shelves AS (SELECT category, avg(CAST(days <= {of.fresh_days} AS INTEGER)) AS fresh, median(days) AS usual
                    FROM aged GROUP BY category
                    HAVING count(*) >= {of.min_rows} AND fresh >= {of.min_fresh_share})
        SELECT import_id, line, 'stale_stock' AS rule, {_NOTE},
               CAST(to_json(struct_pack(field := 'stock_units', stock_units := stock_units, days_old := round(days, 1),
                    category_days_old := round(usual, 1))) AS VARCHAR) AS detail
        FROM aged JOIN shelves USING (category) WHERE days > {of.stale_days}"""


def _absurd(ledger: FindingsStore, of: StockRules) -> str:
    """A figure that many products carry is a habit of the shop (9999: always there), not a slip."""
    return f"""
        WITH told AS MATERIALIZED (
            SELECT import_id, line, category, stock_units, ln(stock_units) AS size
            FROM {ledger.rows("category", "stock_units")} WHERE stock_units > 0 AND category <> ''),
        middled AS (SELECT category, median(size) AS middle FROM told GROUP BY category HAVING count(*) >= {of.min_rows}),
        spread AS (SELECT category, any_value(middle) AS middle, 1.4826 * median(abs(size - middle)) AS deviation
                   FROM told JOIN middled USING (category) GROUP BY category),
        habits AS (SELECT stock_units FROM told GROUP BY stock_units
                   HAVING count(*) >= greatest(5, 0.01 * (SELECT count(*) FROM told)))
        SELECT import_id, line, 'absurd_stock' AS rule, {_NOTE},
               CAST(to_json(struct_pack(field := 'stock_units', stock_units := stock_units,
                    usual := CAST(round(exp(middle)) AS BIGINT))) AS VARCHAR) AS detail
        FROM told JOIN spread USING (category)
        WHERE stock_units >= {of.absurd_units} AND size - middle >= {math.log(of.absurd_ratio)}
          AND size - middle >= {of.max_deviations} * greatest(deviation, 0.1)
          AND stock_units NOT IN (SELECT stock_units FROM habits)"""
