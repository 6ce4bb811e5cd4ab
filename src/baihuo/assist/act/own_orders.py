"""Which orders are the requester's own: a signed visitor id proves the orders that were placed with it, every other proof a shopper."""

from __future__ import annotations

from collections.abc import Iterable

from baihuo.assist.orders.interface import Situation
from baihuo.assist.orders.records import Order, Shopper
from baihuo.assist.policy.model import BY_VISITOR
from baihuo.assist.turns import Identity


def own_orders(orders: Iterable[Order], identity: Identity) -> tuple[Order, ...]:
    """Return those that are theirs."""
    return tuple(order for order in orders if _is_own(order, identity))


def own_situation(situation: Situation, identity: Identity) -> Situation:
    """Return the situation as it is theirs: an order of somebody else is the same as none, so that nothing that comes later can tell of it."""
    order = situation.order if situation.order and _is_own(situation.order, identity) else None
    shopper = situation.shopper and own_profile(situation.shopper, order, identity)
    return Situation(shopper=shopper, order=order, offers=situation.offers)


def own_profile(shopper: Shopper, order: Order | None, identity: Identity) -> Shopper:
    """Return what may be known of a shopper. To a signed visitor: the payment methods of this order, and nothing of the profile."""
    if identity.proof != BY_VISITOR:
        return shopper
    paid = {payment.payment_method_id for payment in order.payments} if order else set()
    methods = tuple(m for m in shopper.payment_methods if m.payment_method_id in paid)
    return shopper.model_copy(update={"address": None, "payment_methods": methods})


def _is_own(order: Order, identity: Identity) -> bool:
    if order.shopper_id != identity.shopper_id:
        return False
    return identity.proof != BY_VISITOR or order.visitor_id == identity.visitor_id
