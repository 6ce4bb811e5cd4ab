"""Return windows by category."""

from __future__ import annotations

from collections.abc import Iterable

from baihuo.assist.orders.records import Order, OrderItem
from baihuo.assist.policy.model import CategoryWindow, ExchangePolicy, ReturnPolicy

_DAY_US = 86_400_000_000


def window_days(policy: ReturnPolicy | ExchangePolicy, item: OrderItem) -> int | None:
    """Days after delivery in which an item may come back; None: no limit, 0: never."""
    return days_of_category(policy, item.category)


def days_of_category(policy: ReturnPolicy | ExchangePolicy, category: Iterable[str]) -> int | None:
    """Days after delivery in which an item of a category, given by its levels, may come back; None: no limit, 0: never."""
    own = category_of_window(policy, category)
    return policy.window_days if own is None else own.days


def category_of_window(
    policy: ReturnPolicy | ExchangePolicy, category: Iterable[str]
) -> CategoryWindow | None:
    """The window that counts for an item of a category, given by its levels: the shortest; None: it has none of its own."""
    levels = tuple(category)
    own = [w for w in policy.windows if any(map(w.is_for, levels))]
    return min(own, key=lambda w: w.days, default=None)


def cause_of(policy: ReturnPolicy | ExchangePolicy, order: Order, item: OrderItem) -> str:
    """Why the window of an item that is too late refuses it: "never" taken back, "no_date" of delivery; empty: its time is over."""
    if window_days(policy, item) == 0:
        return "never"
    return "no_date" if order.delivered_at_us is None else ""


def first_too_late(
    policy: ReturnPolicy | ExchangePolicy, order: Order, variant_ids: Iterable[str], now_us: int
) -> OrderItem | None:
    """The first of these items whose window is over; None: all may come back."""
    for position in order.find(variant_ids) or ():
        days = window_days(policy, order.items[position])
        if days is None:
            continue
        if days == 0:
            return order.items[position]
        if order.delivered_at_us is None:
            if policy.unknown_delivery == "refuse":
                return order.items[position]
        elif now_us - order.delivered_at_us > days * _DAY_US:
            return order.items[position]
    return None
