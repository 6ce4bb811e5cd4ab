"""Fills the arguments of a tool from a turn, the shopper and their orders; what is not clear is asked for, never guessed.

All of it is a proposal: nothing is written before a yes to a summary that lists it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from baihuo.assist.act.addresses import read_address
from baihuo.assist.act.choosing import chosen, mentioned, words
from baihuo.assist.act.intents import ORDER_STATUS, tool_of
from baihuo.assist.act.order_ids import own_order_id
from baihuo.assist.act.own_orders import own_orders, own_profile
from baihuo.assist.act.reasons import reason_in, reason_of
from baihuo.assist.act.refusals import refused
from baihuo.assist.act.summaries import method_name
from baihuo.assist.orders.interface import Orders
from baihuo.assist.orders.money import paid_minor
from baihuo.assist.orders.records import (
    Address,
    OfferedVariant,
    Order,
    OrderStatus,
    PaymentMethod,
    Shopper,
)
from baihuo.assist.orders.writes import WRITES, Write
from baihuo.assist.policy.model import BY_VISITOR, CLAIMS
from baihuo.assist.policy.policy import Policy
from baihuo.assist.turns import ActionPlan, ActionState, Turn, Understanding

_MOST_OPTIONS = 10
_SURE = 0.8  # an intent this likely ends the write that was being asked for
_PROFILE = "change_shopper_address"
_DELIVERED = {"return_items", "exchange_items"}
_OPEN = (OrderStatus.PENDING, OrderStatus.PENDING_ITEMS_CHANGED)


class _Lacks(Exception):
    """Something must be asked first."""

    def __init__(self, argument: str, options: Sequence[str] = ()) -> None:
        super().__init__(argument)
        self.argument, self.options = argument, tuple(options[:_MOST_OPTIONS])


class _NotProven(Exception):
    """Who writes has no proof that opens this."""


class Filling:
    """One turn's attempt to know all arguments of a write."""

    def __init__(
        self, orders: Orders, policy: Policy, turn: Turn, understanding: Understanding
    ) -> None:
        self._orders, self._policy = orders, policy
        self._turn, self._understood = turn, understanding
        self._known: dict[str, Any] = {}
        self._asked = ""
        self.tool = self._tool()

    def result(self) -> Write | ActionPlan | None:
        """The write; a plan of what is lacking; None where the turn asks for no write."""
        if not self.tool:
            return None
        try:
            shopper = self._shopper()
            if self.tool == ORDER_STATUS:
                return self._status(shopper)
            arguments = self._arguments(shopper)
            return WRITES[self.tool].model_validate(arguments)
        except _NotProven:
            return self._of_stranger()
        except _Lacks as lacks:
            return self._lacking(lacks.argument, lacks.options)
        except ValidationError as error:
            wrong = str(error.errors()[0]["loc"][0])
            return ActionPlan(tool=self.tool, arguments={}, state=ActionState.LACKS, lacks=wrong)

    def _tool(self) -> str:
        """Of the intent; of the write that is being asked for, unless the turn clearly wants something else."""
        tool = tool_of(self._understood.intent) or ""
        pending = self._turn.conversation.pending
        if pending is None or pending.state != ActionState.LACKS:
            return tool
        is_other = tool not in ("", pending.tool) and self._understood.p_intent >= _SURE
        if is_other and not _is_answer(self._turn.text, pending):
            return tool
        self._known, self._asked = dict(pending.arguments), pending.lacks
        return pending.tool

    def _shopper(self) -> Shopper:
        if order_id := self._understood.order_id:
            self._known["order_id"] = order_id
        identity = self._turn.identity
        shopper = self._orders.shopper(identity.shopper_id) if identity.shopper_id else None
        told = self.tool == ORDER_STATUS and self._policy.may_be_told(identity, "orders")
        if self.tool == "cancel_order" and "reason" not in self._known:
            accepted = self._policy.settings.cancel.reasons
            reason = reason_of(self._turn.text, accepted, was_asked=self._asked == "reason")
            self._known |= {"reason": reason} if reason else {}
        if shopper is None or not (told or identity.proof in self._policy.settings.telling.writes):
            raise _NotProven
        is_of_browser = identity.proof == BY_VISITOR
        if is_of_browser and (self.tool == _PROFILE or not self._orders_of(shopper)):
            raise _NotProven  # it proves the orders that were placed with it, and nothing else
        return shopper

    def _of_stranger(self) -> ActionPlan:
        """Ask who it is where the policy believes an answer; else a person looks."""
        telling = self._policy.settings.telling
        accepted = telling.orders if self.tool == ORDER_STATUS else telling.writes
        if any(claim in accepted for claim in CLAIMS):
            return self._lacking("identity")
        refusal = self._policy.refusal("identified", order_id=self._known.get("order_id", ""))
        return refused(self.tool, self._known, refusal)

    def _lacking(self, argument: str, options: tuple[str, ...] = ()) -> ActionPlan:
        state = ActionState.LACKS
        return ActionPlan(
            tool=self.tool, arguments=self._known, state=state, lacks=argument, options=options
        )

    def _orders_of(self, shopper: Shopper) -> tuple[Order, ...]:
        return own_orders(self._orders.orders_of(shopper.shopper_id), self._turn.identity)

    def _named(self, order_id: str, orders: Sequence[Order]) -> str | None:
        """The number of an order as its owner has it; None where it is none of theirs.

        Raises:
            _NotProven: it may have been placed in another browser.
        """
        found = own_order_id(order_id, orders)
        if found is None and self._turn.identity.proof == BY_VISITOR:
            raise _NotProven
        return found

    def _status(self, shopper: Shopper) -> ActionPlan | None:
        """Nothing to plan where passages answer; an order that is named and is none of theirs is refused."""
        order_id = self._known.get("order_id")
        if order_id is None or self._named(order_id, self._orders_of(shopper)):
            return None
        ruling = self._policy.refusal("own_order", order_id=order_id)
        return refused(ORDER_STATUS, {"order_id": order_id}, ruling)

    def _arguments(self, shopper: Shopper) -> dict[str, Any]:
        if self.tool == _PROFILE:
            return {"address": self._address(shopper)}
        order = self._order(shopper)
        if order is None:  # refused by the policy, whoever owns it
            return {"order_id": self._known["order_id"], **self._placeholders()}
        shopper = own_profile(shopper, order, self._turn.identity)
        if self.tool == "change_items" and order.status == OrderStatus.DELIVERED:
            self.tool = "exchange_items"  # of a parcel that has arrived
        by_tool: dict[str, Callable[[Shopper, Order], dict[str, Any]]] = {
            "cancel_order": self._cancel,
            "return_items": self._return,
            "exchange_items": self._swap,
            "change_items": self._swap,
            "change_address": lambda who, _: {"address": self._address(who)},
            "change_payment": self._payment,
        }
        return {"order_id": order.order_id, **by_tool[self.tool](shopper, order)}

    def _placeholders(self) -> dict[str, Any]:
        """Arguments of a write that is refused before they are read."""
        empty = Address(line1="", city="", country="", postal_code="")
        of_all = {
            "reason": "",
            "variant_ids": (),
            "new_variant_ids": (),
            "payment_method_id": "-",
            "address": empty,
        }
        return {k: v for k, v in of_all.items() if k in WRITES[self.tool].model_fields}

    def _order(self, shopper: Shopper) -> Order | None:
        """The order that is meant; None for a named one that is none of theirs."""
        orders = self._orders_of(shopper)
        if self._asked == "order_id" and "order_id" not in self._known:
            found = chosen(self._turn.text, [o.order_id for o in orders])
            if found is not None:
                self._known["order_id"] = orders[found].order_id
        if order_id := self._known.get("order_id"):
            own = self._named(order_id, orders)
            if own is not None:
                self._known["order_id"] = own
            return next((o for o in orders if o.order_id == own), None)
        wanted = (OrderStatus.DELIVERED,) if self.tool in _DELIVERED else _OPEN
        fitting = [o for o in orders if o.status in wanted]
        if len(fitting) != 1:
            raise _Lacks("order_id", [o.order_id for o in fitting or orders])
        self._known["order_id"] = fitting[0].order_id
        return fitting[0]

    def _cancel(self, shopper: Shopper, order: Order) -> dict[str, Any]:
        reasons = self._policy.settings.cancel.reasons
        if not reasons:
            return {"reason": self._known.get("reason", "")}
        reason = self._known.get("reason") or reason_of(
            self._turn.text, reasons, was_asked=self._asked == "reason"
        )
        if reason is None and order.status in _OPEN:
            raise _Lacks("reason", [reason_in(r, self._understood.language) for r in reasons])
        return {"reason": reason or reasons[0]}

    def _return(self, shopper: Shopper, order: Order) -> dict[str, Any]:
        if order.status != OrderStatus.DELIVERED:  # refused; which items does not matter
            return {"variant_ids": _variant_ids(order), "payment_method_id": _original(order)}
        variant_ids = self._items(order)
        return {"variant_ids": variant_ids, "payment_method_id": self._method(shopper, order)}

    def _swap(self, shopper: Shopper, order: Order) -> dict[str, Any]:
        wanted = OrderStatus.DELIVERED if self.tool == "exchange_items" else OrderStatus.PENDING
        if order.status != wanted:
            ids = _variant_ids(order)
            return {
                "variant_ids": ids,
                "new_variant_ids": ids,
                "payment_method_id": _original(order),
            }
        variant_ids = self._items(order)
        new = [self._new_variant(order, v) for v in variant_ids]
        self._known["new_variant_ids"] = new
        return {
            "variant_ids": variant_ids,
            "new_variant_ids": new,
            "payment_method_id": self._method(shopper, order),
        }

    def _payment(self, shopper: Shopper, order: Order) -> dict[str, Any]:
        others = [
            m for m in shopper.payment_methods if m.payment_method_id not in paid_minor(order)
        ]
        if order.status not in _OPEN:
            return {"payment_method_id": _original(order)}
        if not others and self._turn.identity.proof == BY_VISITOR:
            raise _NotProven  # another method is in the profile
        found = self._named_method(shopper, others)
        if found is None:
            raise _Lacks("payment_method", self._method_names(shopper, others))
        return {"payment_method_id": found}

    def _items(self, order: Order) -> list[str]:
        if known := self._known.get("variant_ids"):
            return list(known)
        names = [item.name for item in order.items]
        positions = mentioned(self._turn.text, names) if len(names) > 1 else [0]
        if not positions and len(set(names)) == 1:
            positions = [0]
        if not positions:
            raise _Lacks("items", list(dict.fromkeys(names)))
        self._known["variant_ids"] = [order.items[i].variant_id for i in positions]
        return list(self._known["variant_ids"])

    def _new_variant(self, order: Order, variant_id: str) -> str:
        if known := self._known.get("new_variant_ids"):
            positions = list(self._known["variant_ids"])
            return str(known[positions.index(variant_id)])
        item = next(i for i in order.items if i.variant_id == variant_id)
        product = self._orders.product(item.product_id)
        offers = [v for v in (product.variants if product else ()) if v.is_available]
        others = [v for v in offers if v.variant_id != variant_id]
        found = _by_options(self._turn.text, item.options, others)
        if found is None:
            raise _Lacks("new_items", [v.name for v in others])
        return found

    def _method(self, shopper: Shopper, order: Order) -> str:
        """One that is named, else the one that paid, if it is stored still."""
        found = self._named_method(shopper, shopper.payment_methods)
        original = _original(order)
        if found is None and shopper.method(original) is not None:
            found = original
        if found is None:
            raise _Lacks("payment_method", self._method_names(shopper, shopper.payment_methods))
        return found

    def _named_method(self, shopper: Shopper, methods: Sequence[PaymentMethod]) -> str | None:
        if known := self._known.get("payment_method_id"):
            return str(known)
        text = self._turn.text.lower()
        words = {
            "gift_card": ("gift card", "giftcard", "礼品卡", "购物卡"),
            "paypal": ("paypal",),
            "credit_card": ("credit card", "debit card", "信用卡", "银行卡"),
            "alipay": ("alipay", "支付宝"),
            "wechat_pay": ("wechat", "微信"),
        }
        fitting = [m for m in methods if any(w in text for w in words.get(m.kind, ()))]
        exact = [m for m in methods if m.last_four and m.last_four in text]
        if self._asked == "payment_method" and not (exact or fitting):
            position = chosen(self._turn.text, self._method_names(shopper, methods))
            fitting = [] if position is None else [methods[position]]
        found = exact or fitting
        return found[0].payment_method_id if len(found) == 1 else None

    def _method_names(self, shopper: Shopper, methods: Sequence[PaymentMethod]) -> list[str]:
        language = self._understood.language
        return [method_name(shopper, m.payment_method_id, language) for m in methods]

    def _address(self, shopper: Shopper) -> Address:
        if known := self._known.get("address"):
            return Address.model_validate(known)
        found = read_address(self._turn.text)
        if found is None and self.tool == "change_address" and _is_profile(self._turn.text):
            found = shopper.address
        if found is None:
            raise _Lacks("address")
        return found


def _variant_ids(order: Order) -> tuple[str, ...]:
    return tuple(item.variant_id for item in order.items)


def _original(order: Order) -> str:
    paid = paid_minor(order)
    first = order.original_payment
    return next(iter(paid), first.payment_method_id if first else "-")


def _is_answer(text: str, pending: ActionPlan) -> bool:
    """One of the options that were offered, word for word: nothing else is meant, whatever the intent looks like."""
    return words(text) in [words(option) for option in pending.options]


def _is_profile(text: str) -> bool:
    found = ("default address", "my address", "profile address", "home address", "默认地址")
    return any(words in text.lower() for words in found)


def _by_options(text: str, now: dict[str, str], others: Sequence[OfferedVariant]) -> str | None:
    """The one variant whose options the text names, else keeps as they are now."""
    position = chosen(text, [v.name for v in others]) if len(others) > 1 else None
    said = f" {' '.join(words(text))} "
    named = {
        key: value
        for v in others
        for key, value in v.options.items()
        if f" {' '.join(words(value))} " in said and value != now.get(key)
    }
    if named:
        wanted = {**now, **named}
        exact = [v for v in others if v.options == wanted]
        if len(exact) == 1:
            return exact[0].variant_id
        fitting = [v for v in others if all(v.options.get(k) == x for k, x in named.items())]
        if len(fitting) == 1:
            return fitting[0].variant_id
        return None
    return None if position is None else others[position].variant_id
