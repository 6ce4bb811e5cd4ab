"""Order numbers as people type them."""

from __future__ import annotations

from collections.abc import Sequence

from baihuo.assist.orders.records import Order
from baihuo.core import fold


def _plain(order_id: str) -> str:
    return "".join(c for c in fold(order_id).lower() if c.isalnum())


def own_order_id(said: str, orders: Sequence[Order]) -> str | None:
    """The id of the one of these orders that was meant, whatever the case, spaces and signs; None where it is none of them."""
    if any(o.order_id == said for o in orders):
        return said
    found = [o.order_id for o in orders if _plain(o.order_id) == _plain(said) != ""]
    return found[0] if len(found) == 1 else None
