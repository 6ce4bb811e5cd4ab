"""Prices of events in another currency than their product is listed in, in a shop that sells in one."""

from __future__ import annotations

from baihuo.core import PRODUCTS
from baihuo.engine import Source, sql_file
from baihuo.quality.checks.prices.settings import PricesRules
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECK = Check(
    name="currency_against_listing",
    step="prices",
    on="events",
    action="repair",
    field="currency",
    why="its price is in another currency than its product's listing and nearly all other events; withheld (a note "
    "where only this event of the visitor has a price)",
    fix="send the currency that was paid; a shop of several currencies needs a listing's price in each",
)
_OTHER_CURRENCIES = sql_file(__file__, "other_currencies").bind(same_number_share=0.1)


def find(findings: FindingsStore, settings: PricesRules, context: CheckContext) -> CheckResult:
    """Events whose currency is not the listing's; nothing is joined in a shop of one currency."""
    if findings.table == "products":
        return CheckResult()
    products: Source = context.products or PRODUCTS.empty_table()
    n_currencies = findings.tables.sql(
        "SELECT count(*) AS n FROM (SELECT currency FROM products UNION "
        f"SELECT currency FROM {findings.rows('currency')}) WHERE currency IS NOT NULL",
        out=None,
        products=products,
        **findings.inputs(),
    )["n"][0]
    if n_currencies.as_py() < 2:
        return CheckResult()
    rows = findings.rows("visitor_id", "product_id", "price_minor", "currency")
    select = _OTHER_CURRENCIES(rows=rows, max_share=settings.other_currency_share)
    return CheckResult(selects=[select], inputs={"products": products})
