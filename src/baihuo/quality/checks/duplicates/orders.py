"""Orders that come again under another id, or that two visitors, or two days, have under one id."""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.duplicates.settings import DuplicatesRules
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import Check, CheckContext

CHECKS = (
    Check(
        name="shared_order_id",
        step="duplicates",
        on="events",
        action="note",
        field="order_id",
        why="several visitors bought under this order id, in a log where an order is of one, or it has lines more than a "
        "day apart, or the same line again hours later, where orders are placed at once",
        fix="make order ids unique; send a visitor's new id after a log-in to all lines of the order",
        version="3",
    ),
)
_REPEATED_ORDERS = sql_file(__file__, "repeated_orders")
_SHARED_ORDERS = sql_file(__file__, "shared_orders")
_ORDERS_AGAIN = sql_file(__file__, "orders_again")
_LINE = ("visitor_id", "product_id", "variant_id", "quantity", "price_minor", "currency")
_MAX_SHARED = 0.1  # where ids begin again each day, most are of several visitors
_MAX_APART = 0.05  # where orders stay open for days, or are subscriptions, more are
_ORDER_US = 86_400_000_000
_AGAIN_US = 3_600_000_000  # a retry comes sooner


def order_selects(
    findings: FindingsStore, settings: DuplicatesRules, context: CheckContext
) -> list[str]:
    """Statements of both checks; an empty list of a log that names no orders."""
    has_lines, has_shared = map(context.runs, ("repeated_order_line", "shared_order_id"))
    if not has_lines and not has_shared:
        return []
    rows = findings.rows("event_type", "order_id", "occurred_at_us", "received_at_us", *_LINE)
    named = findings.tables.sql(
        f"SELECT 1 AS one FROM {rows} WHERE event_type = 'purchase' AND order_id IS NOT NULL LIMIT 1",
        out=None,
        **findings.inputs(),
    )
    if named.num_rows == 0:
        return []
    same = " AND ".join(f"earlier.{c} IS NOT DISTINCT FROM later.{c}" for c in _LINE[2:])
    repeated = _REPEATED_ORDERS(
        rows=rows,
        line=", ".join(_LINE),
        order_us=settings.order_line_ms * 1000,
        is_same_line="earlier.visitor_id = later.visitor_id "
        f"AND earlier.product_id = later.product_id AND {same}",
    )
    shared = _SHARED_ORDERS(
        rows=rows, max_share=_MAX_SHARED, max_apart=_MAX_APART, apart_us=_ORDER_US
    )
    again = _ORDERS_AGAIN(
        rows=rows,
        line=", ".join(_LINE),
        max_share=_MAX_APART,
        again_us=_AGAIN_US,
        apart_us=_ORDER_US,
    )
    return [*([repeated] if has_lines else []), *([shared, again] if has_shared else [])]
