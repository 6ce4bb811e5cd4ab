"""The rules, in the order in which they are asked. A rule is one function: whether it allows a write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from baihuo.assist.orders.interface import Situation
from baihuo.assist.orders.money import Swap, difference_minor, paid_minor, swaps
from baihuo.assist.orders.records import Order, OrderStatus, PaymentKind, Shopper
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
from baihuo.assist.policy.model import BY_VISITOR, PolicySettings, Proof
from baihuo.assist.policy.texts import RULE_TEXTS
from baihuo.assist.policy.windows import first_too_late
from baihuo.assist.turns import Language

_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """A write to be judged."""

    write: Write
    situation: Situation
    policy: PolicySettings
    now_us: int
    proof: Proof

    @property
    def order(self) -> Order:
        """The order; asked for only behind the rule ``own_order``."""
        assert self.situation.order is not None
        return self.situation.order

    @property
    def shopper(self) -> Shopper:
        """The shopper; asked for only behind the rule ``identified``."""
        assert self.situation.shopper is not None
        return self.situation.shopper


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: it allows a write or refuses it, with a text that says why."""

    name: str
    writes: tuple[type[Write], ...]  # that it is asked about
    allows: Callable[[Case], bool]
    texts: Mapping[Language, str]


RULES: list[Rule] = []
_OF_ORDERS = (CancelOrder, ReturnItems, ExchangeItems, ChangeItems, ChangeAddress, ChangePayment)
_OF_SWAPS = (ExchangeItems, ChangeItems)
_Allows = Callable[[Case], bool]


def _rule(*writes: type[Write]) -> Callable[[_Allows], _Allows]:
    def register(allows: _Allows) -> _Allows:
        RULES.append(Rule(allows.__name__, writes, allows, RULE_TEXTS[allows.__name__]))
        return allows

    return register


@_rule(*_OF_ORDERS, ChangeShopperAddress)
def identified(case: Case) -> bool:
    """Somebody with a proof that the policy accepts for writes. A signed visitor is known by an order, and has no profile."""
    is_of_order = not isinstance(case.write, ChangeShopperAddress)
    is_known = case.situation.shopper is not None and case.proof in case.policy.telling.writes
    return is_known and (is_of_order or case.proof != BY_VISITOR)


@_rule(*_OF_ORDERS)
def own_order(case: Case) -> bool:
    """An order of somebody else is answered like one that there is not."""
    order = case.situation.order
    return order is not None and order.shopper_id == case.shopper.shopper_id


@_rule(CancelOrder, ChangeItems, ChangeAddress, ChangePayment)
def changed_items_final(case: Case) -> bool:
    """One change of items, and nothing after it."""
    is_changed = case.order.status == OrderStatus.PENDING_ITEMS_CHANGED
    return not (is_changed and case.policy.change_items.is_final)


@_rule(CancelOrder)
def cancel_pending(case: Case) -> bool:
    """The status allows cancelling."""
    return case.order.status in _with_changed(case.policy.cancel.statuses)


@_rule(CancelOrder)
def cancel_in_time(case: Case) -> bool:
    """Not too long after it was ordered; without a date it is not known to be in time."""
    hours, ordered = case.policy.cancel.within_hours, case.order.ordered_at_us
    return hours is None or (ordered is not None and case.now_us - ordered <= hours * _HOUR_US)


@_rule(CancelOrder)
def cancel_reason(case: Case) -> bool:
    """An accepted reason, word for word."""
    assert isinstance(case.write, CancelOrder)
    reasons = case.policy.cancel.reasons
    return not reasons or case.write.reason in reasons


@_rule(ChangeItems, ChangeAddress, ChangePayment)
def change_pending(case: Case) -> bool:
    """The status allows this change."""
    policy = case.policy
    by_write: Mapping[type[Write], tuple[OrderStatus, ...]] = {
        ChangeItems: policy.change_items.statuses,
        ChangeAddress: policy.change_address.statuses,
        ChangePayment: policy.change_payment.statuses,
    }
    return case.order.status in _with_changed(by_write[type(case.write)])


@_rule(ReturnItems)
def return_delivered(case: Case) -> bool:
    """The status allows returning."""
    return case.order.status in case.policy.returns.statuses


@_rule(ExchangeItems)
def exchange_once(case: Case) -> bool:
    """One exchange for an order."""
    return not (case.policy.exchange.once and case.order.exchange_request is not None)


@_rule(ExchangeItems)
def exchange_delivered(case: Case) -> bool:
    """The status allows exchanging."""
    return case.order.status in case.policy.exchange.statuses


@_rule(ReturnItems, *_OF_SWAPS)
def something_to_do(case: Case) -> bool:
    """At least one item."""
    return bool(_variant_ids(case))


@_rule(*_OF_SWAPS)
def one_new_for_each(case: Case) -> bool:
    """As many new variants as items."""
    return len(_variant_ids(case)) == len(_new_variant_ids(case))


@_rule(ReturnItems, *_OF_SWAPS)
def items_of_order(case: Case) -> bool:
    """Items of the order, not more than there are."""
    return case.order.find(_variant_ids(case)) is not None


@_rule(ReturnItems)
def return_window(case: Case) -> bool:
    """Not too long after delivery, by category."""
    assert isinstance(case.write, ReturnItems)
    return (
        first_too_late(case.policy.returns, case.order, case.write.variant_ids, case.now_us) is None
    )


@_rule(ExchangeItems)
def exchange_window(case: Case) -> bool:
    """Not too long after delivery, by category."""
    assert isinstance(case.write, ExchangeItems)
    return (
        first_too_late(case.policy.exchange, case.order, case.write.variant_ids, case.now_us)
        is None
    )


@_rule(*_OF_SWAPS)
def known_variant(case: Case) -> bool:
    """Each new variant exists."""
    return all(v in case.situation.offers for v in _new_variant_ids(case))


@_rule(*_OF_SWAPS)
def same_product(case: Case) -> bool:
    """Each new variant is of the product of its item."""
    return all(old.product_id == new.product_id for old, new in _swaps(case))


@_rule(*_OF_SWAPS)
def other_option(case: Case) -> bool:
    """Another variant, where the policy asks for one."""
    policy = case.policy
    section = policy.exchange if isinstance(case.write, ExchangeItems) else policy.change_items
    is_other = all(old.variant_id != new.variant_id for old, new in _swaps(case))
    return section.same_variant or is_other


@_rule(*_OF_SWAPS)
def variant_available(case: Case) -> bool:
    """Each new variant can be bought now."""
    return all(new.is_available for _, new in _swaps(case))


@_rule(ReturnItems, *_OF_SWAPS, ChangePayment)
def own_payment_method(case: Case) -> bool:
    """A payment method of this shopper."""
    return case.shopper.method(_payment_method_id(case)) is not None


@_rule(ReturnItems)
def refund_to(case: Case) -> bool:
    """The refund goes where the policy allows."""
    allowed, method_id = case.policy.returns.refund_to, _payment_method_id(case)
    method = case.shopper.method(method_id)
    is_gift_card = method is not None and method.kind == PaymentKind.GIFT_CARD
    return (
        "any" in allowed
        or ("gift_card" in allowed and is_gift_card)
        or ("original" in allowed and method_id in paid_minor(case.order))
    )


@_rule(ChangePayment)
def payment_changed_once(case: Case) -> bool:
    """One payment and nothing else, where the policy asks for it."""
    return not case.policy.change_payment.once or len(case.order.payments) == 1


@_rule(ChangePayment)
def other_payment_method(case: Case) -> bool:
    """Another payment method than the one that paid."""
    return _payment_method_id(case) not in paid_minor(case.order)


@_rule(*_OF_SWAPS, ChangePayment)
def gift_card_covers(case: Case) -> bool:
    """A gift card pays in full."""
    method = case.shopper.method(_payment_method_id(case))
    if method is None or method.kind != PaymentKind.GIFT_CARD:
        return True
    amount = (
        sum(paid_minor(case.order).values())
        if isinstance(case.write, ChangePayment)
        else difference_minor(_swaps(case))
    )
    return amount <= (method.balance_minor or 0)


@_rule(ChangeAddress, ChangeShopperAddress)
def whole_address(case: Case) -> bool:
    """An address that a parcel finds."""
    assert isinstance(case.write, ChangeAddress | ChangeShopperAddress)
    return case.write.address.is_whole


def _with_changed(statuses: tuple[OrderStatus, ...]) -> tuple[OrderStatus, ...]:
    """An order with changed items is pending still; the rule before says whether that is final."""
    changed = OrderStatus.PENDING_ITEMS_CHANGED
    return (*statuses, changed) if OrderStatus.PENDING in statuses else statuses


def _variant_ids(case: Case) -> tuple[str, ...]:
    assert isinstance(case.write, ReturnItems | ExchangeItems | ChangeItems)
    return case.write.variant_ids


def _new_variant_ids(case: Case) -> tuple[str, ...]:
    assert isinstance(case.write, ExchangeItems | ChangeItems)
    return case.write.new_variant_ids


def _payment_method_id(case: Case) -> str:
    assert isinstance(case.write, ReturnItems | ExchangeItems | ChangeItems | ChangePayment)
    return case.write.payment_method_id


def _swaps(case: Case) -> list[Swap]:
    assert isinstance(case.write, ExchangeItems | ChangeItems)
    return swaps(case.order, case.write, case.situation.offers)
