"""Sums over an order: who paid, and what a swap of items costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from baihuo.assist.orders.records import OfferedVariant, Order, OrderItem
from baihuo.assist.orders.writes import ChangeItems, ExchangeItems
from baihuo.core import minor_unit_digits

Swap: TypeAlias = tuple[OrderItem, OfferedVariant]


def paid_minor(order: Order) -> dict[str, int]:
    """What each payment method has paid for an order and not got back, in the order of payment. Only amounts above 0.

    Where more came back than was paid by one method, such as a price difference that went to a gift card, the others have paid
    that much less: the sum is what the order has cost.
    """
    by_method: dict[str, int] = {}
    for payment in order.payments:
        sign = 1 if payment.kind == "payment" else -1
        before = by_method.get(payment.payment_method_id, 0)
        by_method[payment.payment_method_id] = before + sign * payment.amount_minor
    left = sum(by_method.values())
    found: dict[str, int] = {}
    for method, amount in by_method.items():
        if (take := min(amount, left)) > 0:
            found[method] = take
            left -= take
    return found


def swaps(
    order: Order, write: ExchangeItems | ChangeItems, offers: Mapping[str, OfferedVariant]
) -> list[Swap]:
    """Each item of the order with what comes for it. The items are in the order and the variants exist.

    Raises:
        LookupError: one of them is not.
    """
    found = order.find(write.variant_ids)
    if found is None:
        raise LookupError("items are not of the order")
    pairs = zip(found, write.new_variant_ids, strict=True)
    return [(order.items[i], offers[new]) for i, new in pairs]


def difference_minor(pairs: Iterable[Swap]) -> int:
    """What a shopper pays for a swap; negative: gets back. In the order's currency."""
    return sum(new.price_minor - old.price_minor for old, new in pairs)


def money(amount_minor: int, currency: str) -> str:
    """An amount as it is shown: ``1,250.00 USD``.

    >>> money(-4784, "USD"), money(500, "JPY")
    ('-47.84 USD', '500 JPY')
    """
    digits = minor_unit_digits(currency)
    return f"{amount_minor / 10**digits:,.{digits}f} {currency}"
