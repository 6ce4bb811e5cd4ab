"""Visitors are removed from a shop's orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from baihuo.assist.orders.sqlite_orders import SqliteOrders


def forget_orders(
    path: Path, visitor_ids: Iterable[str], note: Callable[[dict[str, Counter[str]]], None]
) -> None:
    """Remove what was made of visitors' events; ``note`` gets the number of rows by visitor, by file."""
    if not path.exists():
        return
    orders = SqliteOrders(path)
    try:
        gone = orders.forget_visitors(visitor_ids)
    finally:
        orders.close()
    if gone:
        note({"8-assist/orders.sqlite": Counter(gone)})
