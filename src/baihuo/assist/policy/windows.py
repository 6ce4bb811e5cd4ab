"""Return windows by category."""

from __future__ import annotations

from collections.abc import Iterable

from baihuo.assist.orders.records import Order, OrderItem
from baihuo.assist.policy.model import ExchangePolicy, ReturnPolicy

_DAY_US = 86_400_000_000


def window_days(policy: ReturnPolicy | ExchangePolicy, item: OrderItem) -> int | None:
    """Days after delivery in which an item may come back; None: no limit, 0: never."""
    return days_of_category(policy, item.category)


def days_of_category(policy: ReturnPolicy | ExchangePolicy, category: Iterable[str]) -> int | None:
    """Days after delivery in which an item of a category, given by its levels, may come back; None: no limit, 0: never."""
    levels = {level.casefold() for level in category}
    own = [w.days for w in policy.windows if w.category.casefold() in levels]
    return min(own) if own else policy.window_days


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
