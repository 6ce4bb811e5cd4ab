"""What each write does to an order and its shopper: pure functions, the same for every keeper of orders.

The effects are those that tau-bench's retail environment documents (Yao et al., 2024, tau-bench: a benchmark for tool-agent-user
interaction in real-world domains), with money in whole minor units. One differs: a cancelled order pays back what each payment
method has paid and not got back yet, so that a payment that was changed before is not paid back twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from baihuo.assist.orders.interface import Situation
from baihuo.assist.orders.money import difference_minor, paid_minor, swaps
from baihuo.assist.orders.records import (
    ExchangeRequest,
    Order,
    OrderStatus,
    Payment,
    PaymentKind,
    ReturnRequest,
    Shopper,
)
from baihuo.assist.orders.writes import (
    CancelOrder,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ChangeShopperAddress,
    ExchangeItems,
    ReturnItems,
    Write,
)
from baihuo.core import NotFound

_Changed: TypeAlias = tuple[Order, Shopper]


def applied(write: Write, situation: Situation, *, at_us: int) -> tuple[Order | None, Shopper]:
    """Order and shopper after a write that is allowed. Versions grow by one where something was written.

    Raises:
        NotFound: there is no such shopper, order, item or variant.
    """
    shopper, order = situation.shopper, situation.order
    if shopper is None or (order is None and not isinstance(write, ChangeShopperAddress)):
        raise NotFound("there is no such order of this shopper", fix="ask for the order number")
    if isinstance(write, ChangeShopperAddress):
        return None, _with(shopper, address=write.address, version=shopper.version + 1)
    assert order is not None
    try:
        after, owner = _of_order(write, order, shopper, situation)
    except (LookupError, ValueError) as error:
        what = f"order {order.order_id} has no such items, or there is no such variant"
        raise NotFound(what, fix="ask which items of the order are meant") from error
    return _with(after, version=order.version + 1, updated_at_us=at_us), owner


def _of_order(write: Write, order: Order, shopper: Shopper, situation: Situation) -> _Changed:
    match write:
        case CancelOrder():
            return _cancelled(write, order, shopper)
        case ReturnItems():
            wanted = ReturnRequest(
                variant_ids=write.variant_ids, payment_method_id=write.payment_method_id
            )
            if order.find(write.variant_ids) is None:
                raise LookupError("items are not of the order")
            return _with(order, status=OrderStatus.RETURN_REQUESTED, return_request=wanted), shopper
        case ExchangeItems():
            return _exchanged(write, order, situation), shopper
        case ChangeItems():
            return _with_items(write, order, shopper, situation)
        case ChangeAddress():
            return _with(order, address=write.address), shopper
        case ChangePayment():
            return _paid_otherwise(write, order, shopper)
        case _:
            raise LookupError("no write to an order")


def _cancelled(write: CancelOrder, order: Order, shopper: Shopper) -> _Changed:
    back = paid_minor(order)
    refunds = tuple(
        Payment(kind="refund", amount_minor=amount, payment_method_id=method)
        for method, amount in back.items()
    )
    after = _with(
        order,
        status=OrderStatus.CANCELLED,
        cancel_reason=write.reason,
        payments=(*order.payments, *refunds),
    )
    return after, _moved(shopper, back)


def _exchanged(write: ExchangeItems, order: Order, situation: Situation) -> Order:
    wanted = ExchangeRequest(
        variant_ids=write.variant_ids,
        new_variant_ids=write.new_variant_ids,
        payment_method_id=write.payment_method_id,
        difference_minor=difference_minor(swaps(order, write, situation.offers)),
    )
    return _with(order, status=OrderStatus.EXCHANGE_REQUESTED, exchange_request=wanted)


def _with_items(
    write: ChangeItems, order: Order, shopper: Shopper, situation: Situation
) -> _Changed:
    positions = order.find(write.variant_ids) or []
    difference = difference_minor(swaps(order, write, situation.offers))
    items = list(order.items)
    for position, variant_id in zip(positions, write.new_variant_ids, strict=True):
        offer = situation.offers[variant_id]
        items[position] = items[position].model_copy(
            update={
                "variant_id": offer.variant_id,
                "price_minor": offer.price_minor,
                "options": offer.options,
            }
        )
    payment = Payment(
        kind="payment" if difference > 0 else "refund",
        amount_minor=abs(difference),
        payment_method_id=write.payment_method_id,
    )
    after = _with(
        order,
        items=tuple(items),
        status=OrderStatus.PENDING_ITEMS_CHANGED,
        payments=(*order.payments, payment),
    )
    return after, _moved(shopper, {write.payment_method_id: -difference})


def _paid_otherwise(write: ChangePayment, order: Order, shopper: Shopper) -> _Changed:
    back = paid_minor(order)
    total = sum(back.values())
    new = Payment(kind="payment", amount_minor=total, payment_method_id=write.payment_method_id)
    refunds = tuple(
        Payment(kind="refund", amount_minor=amount, payment_method_id=method)
        for method, amount in back.items()
    )
    after = _with(order, payments=(*order.payments, new, *refunds))
    moved = dict(back)
    moved[write.payment_method_id] = moved.get(write.payment_method_id, 0) - total
    return after, _moved(shopper, moved)


def _moved(shopper: Shopper, change_minor: Mapping[str, int]) -> Shopper:
    """The shopper with the balances of gift cards changed; other methods have none."""
    methods = tuple(
        _with(m, balance_minor=(m.balance_minor or 0) + change_minor[m.payment_method_id])
        if m.kind == PaymentKind.GIFT_CARD and change_minor.get(m.payment_method_id)
        else m
        for m in shopper.payment_methods
    )
    if methods == shopper.payment_methods:
        return shopper
    return _with(shopper, payment_methods=methods, version=shopper.version + 1)


def _with(record: Any, **fields: object) -> Any:
    """The record with other fields, checked again: a balance below 0 is an error, not a state."""
    return type(record).model_validate({**dict(record), **fields})
