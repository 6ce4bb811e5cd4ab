"""Prices far from what such products cost.

Distances are on the log scale, from the median, in robust standard deviations (1.4826 × MAD). A price must be both
many deviations *and* many times off, since equal prices have no spread at all. An event is judged by what others saw or
paid for its product, a listing by its category and its words (``listings.py``) and by its own events.

A wrong price never costs a row: that somebody bought it stays true. It is withheld (the cell is blanked, the old value
kept in the finding), or converted where a witness names the exact value and another is near it.
"""

from __future__ import annotations

from baihuo.core import PRODUCTS
from baihuo.engine import Source, sql_file
from baihuo.quality.checks.prices import listings
from baihuo.quality.checks.prices.settings import PricesRules
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult, Step

_EVENT_PRICES = sql_file(__file__, "event_prices").bind(max_share=0.05)
_CURRENCY_AGAINST_LISTING = sql_file(__file__, "currency_against_listing")
_QUANTITIES = sql_file(__file__, "quantities").bind(min_rows=100, gap=3)
_COLUMNS = ("event_type", "visitor_id", "product_id", "price_minor", "currency", "quantity")

CHECKS = read_checks(__file__, "prices")


def find(findings: FindingsStore, settings: PricesRules, context: CheckContext) -> CheckResult:
    """Events compared with what others saw or paid for the product; listings with their category, words and events."""
    if findings.table == "products":
        return listings.find(findings, settings, context)
    priced = findings.work / "priced_events.parquet"  # few of all, and read several times
    findings.tables.sql(
        f"SELECT * FROM {findings.rows(*_COLUMNS)} WHERE price_minor > 0",
        out=priced,
        **findings.inputs(),
    )
    inputs: dict[str, Source] = {
        "priced_events": priced,
        "products": context.products or PRODUCTS.empty_table(),
        "event_prices": findings.work / "event_prices.parquet",
    }
    values = settings.sql()
    findings.tables.sql(
        _EVENT_PRICES(rows="priced_events", **values),
        out=findings.work / "event_prices.parquet",
        priced_events=priced,
        products=inputs["products"],
    )
    currency = _CURRENCY_AGAINST_LISTING(
        rows="priced_events", max_share=settings.other_currency_share
    )
    name = "currency_against_listing"
    sure = f"SELECT * FROM ({currency}) WHERE is_sure"
    unsure = f"SELECT * FROM ({currency}) WHERE NOT is_sure AND field = 'currency'"
    selects = [
        finding_sql(sure, name, action="repair", field="field"),
        finding_sql(unsure, name),
        finding_sql(
            _QUANTITIES(
                rows=findings.rows("event_type", "quantity"),
                max_deviations=values["max_deviations"],
            ),
            "quantity_outlier",
            {"field": "'quantity'", "old": "CAST(quantity AS VARCHAR)", "usually": "usually"},
            field="'quantity'",
        ),
        *listings.judged("event_prices", ("price_in_wrong_unit", "price_outlier")),
    ]
    return CheckResult(selects=selects, inputs=inputs)


STEP = Step(name="prices", settings=PricesRules, checks=CHECKS, detectors=(find,))
