"""What a write is judged by, read from a keeper of orders."""

from __future__ import annotations

from collections.abc import Iterable

from baihuo.assist.orders.interface import Orders, Situation
from baihuo.assist.orders.records import OfferedVariant, Order
from baihuo.assist.orders.writes import Write, order_id_of


def situation_of(orders: Orders, write: Write, shopper_id: str) -> Situation:
    """Shopper, order and new variants as they are now. The order is the one that is named, whoever owns it."""
    order_id = order_id_of(write)
    order = orders.order(order_id) if order_id else None
    new = dict.fromkeys(getattr(write, "new_variant_ids", ()))
    return Situation(
        shopper=orders.shopper(shopper_id), order=order, offers=_offers(orders, order, new)
    )


def _offers(
    orders: Orders, order: Order | None, variant_ids: Iterable[str]
) -> dict[str, OfferedVariant]:
    """The variants that there are: those of the order's own products, which nearly all are, and others."""
    wanted = list(variant_ids)
    if not wanted or order is None:
        return {}
    found: dict[str, OfferedVariant] = {}
    for product_id in dict.fromkeys(item.product_id for item in order.items):
        product = orders.product(product_id)
        found |= {v.variant_id: v for v in (product.variants if product else ())}
    for variant_id in wanted:
        if variant_id not in found and (other := orders.variant(variant_id)) is not None:
            found[variant_id] = other
    return {v: found[v] for v in wanted if v in found}
