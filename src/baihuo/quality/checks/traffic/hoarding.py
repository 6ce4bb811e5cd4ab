"""Who buys or holds what others then cannot buy: scalping, and carts that hold the stock without an order.

The day's counts of each visitor leave a few to look at; the log is read for these alone. Slow enough for every rate, both
look like a keen shopper until one asks how often one thing was ordered, and how much of each thing lies in the cart.

Source: OWASP Automated Threats, OAT-005 (scalping) and OAT-021 (denial of inventory).
"""

from __future__ import annotations

from baihuo.core import PRODUCTS
from baihuo.engine import Source, sql_file
from baihuo.quality.checks.traffic.settings import TrafficRules
from baihuo.quality.checks.traffic.user_actions import daily_counts
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult

CHECKS = (
    Check(
        name="scalping",
        step="traffic",
        on="events",
        action="note",
        one_per=("visitor_id", "product_id"),
        why="this visitor ordered one product again and again within the hour, each time under another order: a script, to sell it dearer",
        fix="limit the pieces of a product for each person and day; a till needs a visitor id for each customer",
    ),
    Check(
        name="cart_hoarding",
        step="traffic",
        on="events",
        action="note",
        one_per=("visitor_id",),
        why="this visitor put all of the stock of very many products into a cart on one day, or many times what others take, and ordered none",
        fix="reserve stock when it is paid, not when it lies in a cart; limit the pieces of a line",
    ),
)
_COLUMNS = ("event_type", "visitor_id", "product_id", "order_id", "quantity", "occurred_at_us")
_SCALPING = sql_file(__file__, "scalping").bind(window_us=3_600_000_000, min_share=0.5)
_CART_HOARDING = sql_file(__file__, "cart_hoarding").bind(
    min_share=0.8, times_usual=10, min_pieces=3
)


def find(findings: FindingsStore, settings: TrafficRules, context: CheckContext) -> CheckResult:
    """Orders of one thing by the dozen, and what lies in carts that hold whole stocks."""
    suspects = findings.work / "hoarding_suspects.parquet"
    findings.tables.sql(
        "SELECT actor AS visitor_id, day, n_order_lines, n_carts FROM days "
        f"WHERE n_order_lines >= {settings.scalp_orders} OR n_carts >= {settings.hoard_products}",
        out=suspects,
        days=daily_counts(findings),
    )
    if n_rows(suspects) == 0:
        return CheckResult()
    rows = findings.work / "hoarding_rows.parquet"
    findings.tables.sql(
        f"SELECT r.*, s.day, s.n_order_lines, s.n_carts FROM {findings.rows_as_counted(*_COLUMNS)} AS r JOIN suspects AS s "
        "ON r.visitor_id = s.visitor_id AND divide(r.occurred_at_us, 86400000000) = s.day "
        "WHERE r.event_type IN ('purchase', 'add_to_cart') AND r.product_id IS NOT NULL",
        out=rows,
        suspects=suspects,
        **findings.inputs(),
    )
    inputs: dict[str, Source] = {
        "hoarding_rows": rows,
        "products": context.products or PRODUCTS.empty_table(),
    }
    selects = []
    if context.runs("scalping"):
        selects.append(_SCALPING(min_orders=settings.scalp_orders))
    if context.runs("cart_hoarding"):
        usual = f"SELECT quantity FROM {findings.rows('event_type', 'quantity')} WHERE event_type = 'add_to_cart'"
        selects.append(_CART_HOARDING(min_products=settings.hoard_products, usual=usual))
    return CheckResult(selects=selects, inputs=inputs)
