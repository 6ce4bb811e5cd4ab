"""Prices far from what such things cost.

Distances are on the log scale, from the median, in robust standard deviations (1.4826 × MAD); a
price must be both many deviations *and* many times off, since a category of equal prices has
no spread at all. A purchase is judged by the product's own purchases (else by the
catalogue), a product by its shelf and its words (``listing_prices.py``).

A low price of a line of many times the usual pieces is a quantity discount and left alone, down to a
hundredth: nobody discounts more. A product bought too seldom to know its usual line has one of a piece.

A wrong price never costs a row: that somebody bought it stays true. Where a factor of 100 lands the
price on the product's *own* median it was in the wrong unit and is converted; a category's median is
too weak a witness for that (it spans cases and phones), so a product is only converted when its
purchases agree. Every other outlier is withheld: the cell is blanked, the old value kept.
"""

from __future__ import annotations

import math
from pathlib import Path

from baihuo.core.tables import PRODUCTS
from baihuo.engine import Source
from baihuo.quality.checks.prices import listings as listing_prices
from baihuo.quality.checks.prices.listings import as_found
from baihuo.quality.checks.prices.settings import PricesRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

CHECKS = (
    Check(
        name="price_in_wrong_unit",
        step="prices",
        on="events",
        then="repair",
        field="price_minor",
        why="100 times what the product sells at, or a hundredth of it: another unit",
        mend="send price_minor in the smallest unit, or price as a decimal, never mixed",
    ),
    Check(
        name="price_outlier",
        step="prices",
        on="events",
        then="repair",
        field="price_minor",
        why="far from every other price of this product, and no quantity explains it; withheld, the event stays",
        mend="send the price of one unit, not of the line or the order",
        version="2",
    ),
    Check(
        name="free_purchase",
        step="prices",
        on="events",
        then="note",
        field="price_minor",
        why="bought for nothing: a gift, a sample, or a missing price written as 0",
        mend="leave an unknown price empty",
    ),
    Check(
        name="listing_price_in_wrong_unit",
        step="prices",
        on="products",
        then="repair",
        field="price_minor",
        why="100 times off from its category, and its purchases say so too; or most of its events say so",
        mend="send price_minor in the smallest unit, or price as a decimal, never mixed",
        version="2",
    ),
    Check(
        name="listing_price_outlier",
        step="prices",
        on="products",
        then="repair",
        field="price_minor",
        why="at the end of its category's prices and far from what its words say; withheld until somebody confirms it",
        mend="correct the price, move the product to its category, or raise prices.min_ratio",
        version="3",
    ),
    Check(
        name="listing_price_against_events",
        step="prices",
        on="products",
        then="repair",
        field="price_minor",
        why="most events of the product carry a price many times off; withheld until somebody confirms it",
        mend="correct the price of the listing, or the unit that events are sent in",
    ),
)
_JUDGED = """
    CASE WHEN abs(off) > {min_log} AND abs(off) > {max_deviations} * greatest(1.4826 * mad, 0.02) THEN
        CASE WHEN {witness} THEN '{unit}' ELSE '{outlier}' END END"""


def find(ledger: FindingsStore, settings: PricesRules, given: CheckContext) -> CheckResult:
    """Products judged by their shelf, words and events, events by their product."""
    if ledger.table == "products":
        return listing_prices.find(ledger, settings, given)
    inputs: dict[str, Source] = {"products": given.products or PRODUCTS.empty_table()}
    if given.history:
        inputs["sold_earlier"] = [_sold_in(ledger, given, path) for path in given.history]
    unpriced = f"SELECT count(*) AS n FROM products WHERE {_UNPRICED}"
    has_unpriced = ledger.tables.sql(unpriced, products=inputs["products"])["n"][0].as_py() > 0
    select = _events(settings, ledger, has_history=bool(given.history), has_unpriced=has_unpriced)
    return CheckResult(selects=[select], inputs=inputs)


STEP = Step(name="prices", settings=PricesRules, checks=CHECKS, finds=(find,))


def _sold_in(ledger: FindingsStore, given: CheckContext, clean: Path) -> Path:
    """What was sold in an earlier range of days, taken out of its events once a run."""
    sold = (given.shared or ledger.work) / f"sold_{clean.name}"
    if not sold.exists():
        ledger.tables.sql(_SOLD.format(rows="history"), out=sold, history=clean)
    return sold


_SOLD = """
    SELECT import_id, line, product_id, currency, ln(price_minor) AS log_price, quantity
    FROM {rows} WHERE event_type = 'purchase' AND price_minor > 0"""


_UNPRICED = "(price_minor IS NULL OR price_minor <= 0)"  # a listing whose price was withheld, too


def _events(
    settings: PricesRules, ledger: FindingsStore, *, has_history: bool, has_unpriced: bool
) -> str:
    """Prices far from the product's usual, else from its listing: unless several events of a product, and
    most that have a price, contradict the listing, which is then what is wrong; or a quantity explains it.
    Where neither is known, what other events say it costs is its usual price."""
    near = f"abs(abs(off) - {math.log(100)}) <= {math.log(settings.unit_slack)}"
    check = _judged(settings, near, "price_in_wrong_unit", "price_outlier")
    min_rows = math.ceil(settings.min_rows / 4)
    rows = ledger.rows("event_type", "product_id", "price_minor", "currency", "quantity")
    all_sold = _SOLD.format(rows=rows)
    if has_history:  # UNION: the last rows of earlier ranges of days are among the rows, too
        all_sold = f"{all_sold} UNION SELECT * FROM sold_earlier"
    shown = (
        f"""
            UNION ALL SELECT product_id, currency, median(ln(price_minor)) AS middle, mad(ln(price_minor)) AS mad
            FROM {rows} SEMI JOIN (SELECT product_id FROM products WHERE {_UNPRICED}) USING (product_id)
            WHERE price_minor > 0 AND product_id NOT IN (SELECT product_id FROM middles)
            GROUP BY product_id, currency HAVING count(*) >= {min_rows}"""
        if has_unpriced
        else ""
    )
    return f"""
        WITH sold AS MATERIALIZED ({all_sold}),
        middles AS MATERIALIZED (
            SELECT product_id, currency, median(log_price) AS middle FROM sold
            GROUP BY product_id, currency HAVING count(*) >= {min_rows}),
        own AS (
            SELECT s.product_id, s.currency, any_value(middle) AS middle, median(abs(log_price - middle)) AS mad
            FROM sold AS s JOIN middles AS m
              ON m.product_id = s.product_id AND m.currency IS NOT DISTINCT FROM s.currency
            GROUP BY s.product_id, s.currency{shown}),
        off AS (
            SELECT r.*, o.middle IS NULL AS is_by_listing, CASE WHEN o.middle IS NULL THEN 0 ELSE o.mad END AS mad,
                   ln(r.price_minor) - coalesce(o.middle, CASE WHEN p.price_minor > 0 THEN ln(p.price_minor) END) AS off
            FROM (SELECT * FROM {rows} WHERE price_minor > 0) AS r
            LEFT JOIN own AS o ON o.product_id = r.product_id AND o.currency IS NOT DISTINCT FROM r.currency
            LEFT JOIN products AS p ON p.product_id = r.product_id AND p.currency IS NOT DISTINCT FROM r.currency),
        suspects AS MATERIALIZED (
            SELECT *, coalesce(currency, '') AS money FROM (SELECT *, {check} AS rule FROM off) WHERE rule IS NOT NULL),
        by_listing AS (
            SELECT product_id, money, count(*) AS n_far FROM suspects WHERE is_by_listing GROUP BY ALL HAVING count(*) > 1),
        contradicted AS (
            SELECT product_id, money FROM by_listing JOIN (
                SELECT product_id, coalesce(currency, '') AS money, count(*) AS n FROM {rows}
                WHERE price_minor > 0 AND product_id IN (SELECT product_id FROM by_listing) GROUP BY ALL)
            USING (product_id, money) WHERE 2 * n_far > n),
        cheap AS (
            SELECT * FROM suspects
            WHERE rule = 'price_outlier' AND off BETWEEN {-math.log(100)} AND 0 AND quantity >= {settings.bulk_ratio}),
        usual AS (
            SELECT product_id, coalesce(currency, '') AS money, median(coalesce(quantity, 1)) AS pieces
            FROM sold SEMI JOIN cheap USING (product_id) GROUP BY ALL HAVING count(*) >= {min_rows}),
        bulk AS (
            SELECT import_id, line FROM cheap LEFT JOIN usual USING (product_id, money)
            WHERE quantity >= {settings.bulk_ratio} * coalesce(pieces, 1)),
        sure AS (
            SELECT * FROM suspects AS s ANTI JOIN bulk USING (import_id, line)
            WHERE NOT is_by_listing OR NOT EXISTS (
                SELECT 1 FROM contradicted AS c WHERE c.product_id = s.product_id AND c.money = s.money))
        {as_found("sure", "price_in_wrong_unit")}
        UNION ALL
        SELECT import_id, line, 'free_purchase', 'note', NULL, NULL, NULL FROM {rows}
        WHERE event_type = 'purchase' AND price_minor = 0"""


def _judged(settings: PricesRules, witness: str, unit: str, outlier: str) -> str:
    return _JUDGED.format(
        min_log=math.log(settings.min_ratio),
        max_deviations=settings.max_deviations,
        witness=witness,
        unit=unit,
        outlier=outlier,
    )
