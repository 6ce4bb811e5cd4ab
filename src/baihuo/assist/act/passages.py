"""What may be told of orders: of the identified shopper's own, as far as their proof opens it."""

from __future__ import annotations

from collections.abc import Sequence

from baihuo.assist.act.intents import ORDER_STATUS, tool_of
from baihuo.assist.act.order_ids import own_order_id
from baihuo.assist.act.own_orders import own_orders
from baihuo.assist.act.summaries import method_name
from baihuo.assist.orders.interface import Orders, OrdersUnavailable
from baihuo.assist.orders.money import money
from baihuo.assist.orders.records import Order, Shopper
from baihuo.assist.policy.policy import STATUS_WORDS, Policy
from baihuo.assist.turns import Language, Passage, PassageKind, Turn, Understanding

_MOST = 5  # orders of one answer


def order_passages(
    orders: Orders, policy: Policy, turn: Turn, understanding: Understanding
) -> tuple[Passage, ...]:
    """One passage for each order that is asked for, at most five, the one that is named first.

    Nothing for somebody who is not identified, for an order that is not theirs, and where the shop's system does not answer.
    """
    identity = turn.identity
    if not policy.may_be_told(identity, "orders") or identity.shopper_id is None:
        return ()
    if tool_of(understanding.intent) is None and understanding.order_id is None:
        return ()
    try:
        shopper = orders.shopper(identity.shopper_id)
        own = own_orders(orders.orders_of(identity.shopper_id), identity) if shopper else ()
    except OrdersUnavailable:
        return ()
    if shopper is None:
        return ()
    meant = _meant(own, understanding)
    writer = _Writer(policy, turn, shopper, understanding.language)
    return tuple(writer.passage(order) for order in meant)


def _meant(own: Sequence[Order], understanding: Understanding) -> Sequence[Order]:
    if understanding.order_id is not None:
        order_id = own_order_id(understanding.order_id, own)
        return [o for o in own if o.order_id == order_id]
    return own[:_MOST] if tool_of(understanding.intent) == ORDER_STATUS else ()


class _Writer:
    def __init__(self, policy: Policy, turn: Turn, shopper: Shopper, language: Language) -> None:
        self._tells_address = policy.may_be_told(turn.identity, "address")
        self._tells_payment = policy.may_be_told(turn.identity, "payment")
        self._now_us, self._shopper, self._language = turn.now_us, shopper, language

    def passage(self, order: Order) -> Passage:
        facts = self._facts(order)
        return Passage(
            source_id=f"order:{order.order_id}",
            kind=PassageKind.ORDER,
            text=self._text(facts),
            language=self._language,
            as_of_us=order.updated_at_us or self._now_us,
            score=1.0,
            facts=facts,
        )

    def _facts(self, order: Order) -> dict[str, str]:
        language = self._language
        items = [f"{i.name} {money(i.price_minor, order.currency)}" for i in order.items]
        facts = {
            "order_id": order.order_id,
            "status": STATUS_WORDS[order.status][language],
            "items": ("; " if language == "en" else "；").join(items),
            "total": money(order.total_minor, order.currency),
        }
        tracking = [t for s in order.shipments for t in s.tracking_ids]
        if tracking:
            facts["tracking"] = ", ".join(tracking)
        if self._tells_address and order.address is not None:
            facts["address"] = str(order.address)
        if self._tells_payment:
            for kind in ("payment", "refund"):
                moved = [p for p in order.payments if p.kind == kind and p.amount_minor]
                if moved:
                    facts[kind] = ", ".join(
                        f"{money(p.amount_minor, order.currency)} – "
                        f"{method_name(self._shopper, p.payment_method_id, language)}"
                        for p in moved
                    )
        return facts

    def _text(self, facts: dict[str, str]) -> str:
        names: dict[str, tuple[str, str]] = {
            "items": ("Items: {}.", "商品：{}。"),
            "total": ("Total: {}.", "合计：{}。"),
            "tracking": ("Tracking number: {}.", "物流单号：{}。"),
            "address": ("It goes to: {}.", "收货地址：{}。"),
            "payment": ("Paid: {}.", "支付：{}。"),
            "refund": ("Refunded: {}.", "退款：{}。"),
        }
        is_english = self._language == "en"
        first = (
            "Order {order_id} is {status}."
            if is_english
            else "订单 {order_id} 的状态是“{status}”。"
        )
        rest = [names[k][0 if is_english else 1].format(v) for k, v in facts.items() if k in names]
        return (" " if is_english else "").join([first.format_map(facts), *rest])
