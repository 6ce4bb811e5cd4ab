"""Prices far from what such products cost.

Distances are on the log scale, from the median, in robust standard deviations (1.4826 × MAD). A
price must be both many deviations *and* many times off, since a category of equal prices has
no spread at all. A purchase is judged by the product's own purchases (else by its listing), a
listing by its category and its words (``listings.py``).

A low price of a line of many times the usual pieces is a quantity discount and left alone, down to a
hundredth: nobody discounts more. As many pieces as the price has units are the price, in the wrong cell, and are withheld, too. A product bought too seldom to know its usual line has one of a piece.

A wrong price never costs a row: that somebody bought it stays true. It is converted only where two witnesses
confirm one exact value: a price that another visitor paid or saw, or the listing's, times 10, 100 or 1000 or the
pieces of the line, and another of them near it. Else it is withheld: the cell is blanked, the old value kept in
the finding. Where nobody else confirms the listing that it is far from (no other visitor, no category), or two
other visitors paid the same, it is only noted; a hundred times the price is converted all the same where those
are certainly few of all who saw one. A listing is converted by its category, its events and an exact factor of them.
"""

from __future__ import annotations

import math
from pathlib import Path

from baihuo.core import PRODUCTS
from baihuo.engine import Source, sql_file
from baihuo.quality.checks.prices import listings, other_currencies
from baihuo.quality.checks.prices.prices_of_others import MIN_SHIFTED, prices_of_others
from baihuo.quality.checks.prices.settings import PricesRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

_FAR_EVENT_PRICES = sql_file(__file__, "far_event_prices")
_JUDGED_EVENT_PRICES = sql_file(__file__, "judged_event_prices")
_UNLISTED_PRODUCT_PRICES = sql_file(__file__, "unlisted_product_prices")
_PURCHASES = """
    SELECT import_id, line, product_id, currency, ln(price_minor) AS log_price, quantity
    FROM {rows} WHERE event_type = 'purchase' AND price_minor > 0"""
_SHIFTED_PRICES = sql_file(__file__, "shifted_prices")
_MAX_WITH_SHARE = 0.1  # of the visitors who saw a price: more is a second price of the product
_LEAST_SWAPPED, _MOST_PIECES = 10, 100  # of pieces and price that changed places
_FREE_PURCHASES = """
    SELECT import_id, line, 'free_purchase' AS rule, 'note' AS action, NULL AS field, NULL AS new, NULL AS detail
    FROM {rows} WHERE event_type = 'purchase' AND price_minor = 0"""
_EARLIER_WITNESSES = """
    UNION ALL SELECT product_id, coalesce(currency, ''), CAST(round(exp(log_price)) AS BIGINT),
    concat(import_id, ':', line) FROM earlier_purchases SEMI JOIN far_prices USING (product_id)"""

CHECKS = (
    other_currencies.CHECK,
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
        why="far from every other price of this product, and no quantity explains it; withheld (with the pieces, where they are the price), the event stays (a note "
        "where all prices of a platform's days are off from their listings by one amount, factor or tax, or are those of the "
        "rows before them; or where it is the listing of the next product on the page, or another currency's, as several are)",
        fix="send the price of one unit, not of the line or the order, without postage, in the listing's currency, and before or after tax as the listing is",
        version="5",
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
        version="2",
    ),
)


def find(findings: FindingsStore, settings: PricesRules, context: CheckContext) -> CheckResult:
    """Listings judged by their category, words and events; events by their product."""
    if findings.table == "products":
        return listings.find(findings, settings, context)
    inputs: dict[str, Source] = {"products": context.products or PRODUCTS.empty_table()}
    rows = "priced_events"
    inputs[rows] = _priced_events(findings)
    purchases = _PURCHASES.format(rows=rows)
    if context.history:
        inputs["earlier_purchases"] = [
            _purchases_in(findings, context, path) for path in context.history
        ]
        # UNION without ALL: the last rows of earlier ranges of days are among the rows, too
        purchases = f"{purchases} UNION SELECT * FROM earlier_purchases"
    min_rows = math.ceil(settings.min_rows / 4)
    unlisted_products = ""
    if _has_unpriced_listings(findings, inputs["products"]):  # else the scan of all events is saved
        select = _UNLISTED_PRODUCT_PRICES(rows=rows, min_rows=min_rows)
        unlisted_products = f" UNION ALL {select}"
    far_prices = (
        findings.work / "far_event_prices.parquet"
    )  # few rows, known to be few by being a file
    findings.tables.sql(
        _FAR_EVENT_PRICES(
            rows=rows,
            purchases=purchases,
            unlisted_products=unlisted_products,
            min_rows=min_rows,
            min_ratio=settings.min_ratio,
            max_deviations=settings.max_deviations,
            unit_slack=settings.unit_slack,
            bulk_ratio=settings.bulk_ratio,
            min_events=listings.MIN_CONTRADICTING_EVENTS,
        ),
        out=far_prices,
        **inputs,
    )
    selects = [
        _FREE_PURCHASES.format(rows=rows),
        _SHIFTED_PRICES(rows=rows, min_rows=MIN_SHIFTED),
        *prices_of_others(findings, settings, inputs, rows),
    ]
    if n_rows(far_prices) > 0:
        inputs["far_prices"] = far_prices
        judged = _JUDGED_EVENT_PRICES(
            rows=rows,
            earlier_witnesses=_EARLIER_WITNESSES if context.history else "",
            unit_slack=settings.unit_slack,
            max_with_share=_MAX_WITH_SHARE,
            least_swapped=_LEAST_SWAPPED,
            most_pieces=_MOST_PIECES,
            min_siblings=settings.min_rows,
        )
        selects.append(judged)
    return CheckResult(selects=selects, inputs=inputs)


def _priced_events(findings: FindingsStore) -> Path:
    """The events with a price, few of all, in a file: the statements of the step read it several times."""
    columns = tuple(
        "event_type visitor_id product_id price_minor currency quantity platform query_id position occurred_at_us".split()
    )
    priced = findings.work / "priced_events.parquet"
    findings.tables.sql(
        f"SELECT * FROM {findings.rows(*columns)} WHERE price_minor IS NOT NULL",
        out=priced,
        **findings.inputs(),
    )
    return priced


STEP = Step(
    name="prices",
    settings=PricesRules,
    checks=CHECKS,
    detectors=(other_currencies.find, find),
    finds={
        other_currencies.find: (other_currencies.CHECK.name,),
        find: tuple(check.name for check in CHECKS if check is not other_currencies.CHECK),
    },
)


def _purchases_in(findings: FindingsStore, context: CheckContext, clean_events: Path) -> Path:
    """The purchases of an earlier range of days, taken out of its events once a run."""
    out = (context.shared or findings.work) / f"purchases_{clean_events.name}"
    if not out.exists():
        findings.tables.sql(_PURCHASES.format(rows="history"), out=out, history=clean_events)
    return out


def _has_unpriced_listings(findings: FindingsStore, products: Source) -> bool:
    """Whether a listing has no price; one that was withheld counts, too."""
    counted = findings.tables.sql(
        "SELECT count(*) AS n FROM products WHERE price_minor IS NULL OR price_minor <= 0",
        products=products,
    )
    return bool(counted["n"][0].as_py() > 0)
