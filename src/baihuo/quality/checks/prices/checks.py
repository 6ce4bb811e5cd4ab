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
from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.prices import listings as listing_prices
from baihuo.quality.checks.prices.listings import as_found
from baihuo.quality.checks.prices.settings import PricesRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_EVENTS = sql_file(__file__, "event_prices")
_EVENTS_2 = sql_file(__file__, "unlisted_product_prices")

CHECKS = (
    Check(
        name="price_in_wrong_unit",
        step="prices",
        on="events",
        action="repair",
        field="price_minor",
        why="100 times what the product sells at, or a hundredth of it: another unit",
        fix="send price_minor in the smallest unit, or price as a decimal, never mixed",
    ),
    Check(
        name="price_outlier",
        step="prices",
        on="events",
        action="repair",
        field="price_minor",
        why="far from every other price of this product, and no quantity explains it; withheld, the event stays",
        fix="send the price of one unit, not of the line or the order",
        version="2",
    ),
    Check(
        name="free_purchase",
        step="prices",
        on="events",
        action="note",
        field="price_minor",
        why="bought for nothing: a gift, a sample, or a missing price written as 0",
        fix="leave an unknown price empty",
    ),
    Check(
        name="listing_price_in_wrong_unit",
        step="prices",
        on="products",
        action="repair",
        field="price_minor",
        why="100 times off from its category, and its purchases say so too; or most of its events say so",
        fix="send price_minor in the smallest unit, or price as a decimal, never mixed",
        version="2",
    ),
    Check(
        name="listing_price_outlier",
        step="prices",
        on="products",
        action="repair",
        field="price_minor",
        why="at the end of its category's prices and far from what its words say; withheld until somebody confirms it",
        fix="correct the price, move the product to its category, or raise prices.min_ratio",
        version="3",
    ),
    Check(
        name="listing_price_against_events",
        step="prices",
        on="products",
        action="repair",
        field="price_minor",
        why="most events of the product carry a price many times off; withheld until somebody confirms it",
        fix="correct the price of the listing, or the unit that events are sent in",
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


STEP = Step(name="prices", settings=PricesRules, checks=CHECKS, detectors=(find,))


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
    shown = _EVENTS_2(rows=rows, unpriced=_UNPRICED, min_rows=min_rows) if has_unpriced else ""
    return _EVENTS(
        all_sold=all_sold,
        min_rows=min_rows,
        shown=shown,
        rows=rows,
        check=check,
        value=-math.log(100),
        bulk_ratio=settings.bulk_ratio,
        as_found=as_found("sure", "price_in_wrong_unit"),
    )


def _judged(settings: PricesRules, witness: str, unit: str, outlier: str) -> str:
    return _JUDGED.format(
        min_log=math.log(settings.min_ratio),
        max_deviations=settings.max_deviations,
        witness=witness,
        unit=unit,
        outlier=outlier,
    )
