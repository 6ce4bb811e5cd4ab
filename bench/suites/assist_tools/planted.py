"""Violations planted into a shop, drawn by a seed, each with the rule that must refuse it.

They follow the text of tau-bench's policy, not our rules: each is a kind of thing that the text forbids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from suites.assist_tools.drawing import Draw, is_in, paid_by
from suites.assist_tools.reference import Shop, cents
from suites.assist_tools.tasks import Action

_CLOSED = is_in("processed", "delivered", "cancelled")
_NOT_DELIVERED = is_in("pending", "processed", "cancelled")


@dataclass(frozen=True, slots=True)
class Planted:
    """A forbidden call, and the allowed ones before it."""

    kind: str
    user_id: str  # empty: nobody was identified
    first: tuple[Action, ...]
    action: Action
    rule: str
    also: tuple[str, ...] = ()  # other rules that forbid it as well


def plant(shop: Shop, n_each: int, seed: int) -> list[Planted]:
    """``n_each`` violations of each kind; of a kind that fits nothing in the shop, none."""
    found = []
    for kind, make in _KINDS.items():
        n, attempt = 0, 0
        while n < n_each and attempt < 50 * n_each:
            attempt += 1
            try:
                found.append(make(Draw(shop, f"planted:{seed}:{kind}:{attempt}"), kind))
            except LookupError:
                continue
            n += 1
    return found


_KINDS: dict[str, Callable[[Draw, str], Planted]] = {}
_Call = tuple[str, dict[str, Any]]


def _kind(rule: str) -> Callable[[Callable[[Draw], tuple[str, list[_Call]]]], None]:
    """Registers what returns a user and calls, the last of which ``rule`` must refuse."""

    def register(draw_calls: Callable[[Draw], tuple[str, list[_Call]]]) -> None:
        name = draw_calls.__name__.strip("_")

        def make(draw: Draw, kind: str) -> Planted:
            user_id, calls = draw_calls(draw)
            *first, last = [Action(n, a) for n, a in calls]
            return Planted(kind, user_id, tuple(first), last, rule)

        _KINDS[name] = make

    return register


def _swap_call(
    name: str, order: Mapping[str, Any], items: list[str], new: list[str], method: str
) -> _Call:
    arguments = {"order_id": order["order_id"], "item_ids": items, "new_item_ids": new}
    return name, arguments | {"payment_method_id": method}


def _change(order: Mapping[str, Any], items: list[str], new: list[str], method: str) -> _Call:
    return _swap_call("modify_pending_order_items", order, items, new, method)


def _exchange(order: Mapping[str, Any], items: list[str], new: list[str], method: str) -> _Call:
    return _swap_call("exchange_delivered_order_items", order, items, new, method)


def _cancel(order: Mapping[str, Any], reason: str) -> _Call:
    return "cancel_pending_order", {"order_id": order["order_id"], "reason": reason}


def _pay(order: Mapping[str, Any], method: str) -> _Call:
    return "modify_pending_order_payment", {
        "order_id": order["order_id"],
        "payment_method_id": method,
    }


def _return(order: Mapping[str, Any], items: list[str], method: str) -> _Call:
    arguments = {"order_id": order["order_id"], "item_ids": items, "payment_method_id": method}
    return "return_delivered_order_items", arguments


def _stranger(draw: Draw, order: Mapping[str, Any]) -> str:
    return draw.one(sorted(u for u in draw.shop["users"] if u != order["user_id"]))


def _card(draw: Draw, order: Mapping[str, Any]) -> str:
    methods = draw.methods(order)
    return draw.one([k for k, m in sorted(methods.items()) if m["source"] != "gift_card"])


def _plain_change(draw: Draw) -> tuple[Mapping[str, Any], _Call]:
    order = draw.order(is_in("pending"))
    items, new, _ = draw.swap(order)
    return order, _change(order, items, new, _card(draw, order))


@_kind("own_order")
def _cancels_for_another(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("pending"))
    return _stranger(draw, order), [_cancel(order, draw.reason())]


@_kind("own_order")
def _returns_for_another(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("delivered"))
    return _stranger(draw, order), [_return(order, [order["items"][0]["item_id"]], paid_by(order))]


@_kind("own_order")
def _redirects_anothers_parcel(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("pending"))
    call = ("modify_pending_order_address", {"order_id": order["order_id"], **draw.address()})
    return _stranger(draw, order), [call]


@_kind("cancel_pending")
def _cancels_too_late(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(_CLOSED)
    return order["user_id"], [_cancel(order, draw.reason())]


@_kind("cancel_reason")
def _cancels_for_another_reason(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("pending"))
    return order["user_id"], [
        _cancel(order, draw.one(["too slow", "found cheaper", "", "No Longer Needed!"]))
    ]


@_kind("changed_items_final")
def _cancels_after_a_change(draw: Draw) -> tuple[str, list[_Call]]:
    order, change = _plain_change(draw)
    return order["user_id"], [change, _cancel(order, draw.reason())]


@_kind("changed_items_final")
def _changes_twice(draw: Draw) -> tuple[str, list[_Call]]:
    order, change = _plain_change(draw)
    again = _change(order, change[1]["new_item_ids"], change[1]["item_ids"], _card(draw, order))
    return order["user_id"], [change, again]


@_kind("change_pending")
def _changes_the_address_too_late(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(_CLOSED)
    call = ("modify_pending_order_address", {"order_id": order["order_id"], **draw.address()})
    return order["user_id"], [call]


@_kind("change_pending")
def _changes_items_too_late(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(_CLOSED)
    items, new, _ = draw.swap(order)
    return order["user_id"], [_change(order, items, new, _card(draw, order))]


@_kind("other_payment_method")
def _pays_the_same_way(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("pending"))
    return order["user_id"], [_pay(order, paid_by(order))]


@_kind("gift_card_covers")
def _pays_with_a_poor_gift_card(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("pending"))
    amount = cents(order["payment_history"][0]["amount"])
    poor = [
        k
        for k, m in sorted(draw.methods(order).items())
        if m["source"] == "gift_card" and cents(m["balance"]) < amount and k != paid_by(order)
    ]
    return order["user_id"], [_pay(order, draw.one(poor))]


@_kind("own_payment_method")
def _pays_with_anothers_method(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("pending"))
    other = draw.shop["users"][_stranger(draw, order)]["payment_methods"]
    return order["user_id"], [_pay(order, draw.one(sorted(other)))]


@_kind("same_product")
def _changes_to_another_product(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("pending"))
    item = draw.rng.choice(order["items"])
    product = draw.one([p for p in sorted(draw.shop["products"]) if p != item["product_id"]])
    new = draw.one(sorted(draw.shop["products"][product]["variants"]))
    return order["user_id"], [_change(order, [item["item_id"]], [new], _card(draw, order))]


@_kind("variant_available")
def _exchanges_for_what_is_sold_out(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("delivered"))
    item = draw.rng.choice(order["items"])
    new = draw.one(draw.others(item, available=False))
    return order["user_id"], [_exchange(order, [item["item_id"]], [new], _card(draw, order))]


@_kind("items_of_order")
def _returns_what_was_not_ordered(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("delivered"))
    ids = {i["item_id"] for i in order["items"]}
    other = draw.order(lambda o: not ids & {i["item_id"] for i in o["items"]})
    return order["user_id"], [_return(order, [other["items"][0]["item_id"]], paid_by(order))]


@_kind("items_of_order")
def _returns_more_than_was_ordered(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("delivered"))
    item_id = draw.rng.choice(order["items"])["item_id"]
    n = sum(i["item_id"] == item_id for i in order["items"])
    return order["user_id"], [_return(order, [item_id] * (n + 1), paid_by(order))]


@_kind("return_delivered")
def _returns_what_was_not_delivered(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(_NOT_DELIVERED)
    return order["user_id"], [_return(order, [order["items"][0]["item_id"]], paid_by(order))]


@_kind("refund_to")
def _wants_money_elsewhere(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("delivered"))
    other = [
        k
        for k, m in sorted(draw.methods(order).items())
        if m["source"] != "gift_card" and k != paid_by(order)
    ]
    return order["user_id"], [_return(order, [order["items"][0]["item_id"]], draw.one(other))]


@_kind("exchange_delivered")
def _exchanges_what_was_not_delivered(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(_NOT_DELIVERED)
    items, new, _ = draw.swap(order)
    return order["user_id"], [_exchange(order, items, new, _card(draw, order))]


@_kind("exchange_once")
def _exchanges_twice(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("delivered"))
    items, new, _ = draw.swap(order)
    call = _exchange(order, items, new, _card(draw, order))
    return order["user_id"], [call, call]


@_kind("exchange_delivered")
def _returns_and_exchanges(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("delivered"))
    items, new, _ = draw.swap(order)
    first = _return(order, [order["items"][0]["item_id"]], paid_by(order))
    return order["user_id"], [first, _exchange(order, items, new, _card(draw, order))]


@_kind("other_option")
def _exchanges_for_the_same(draw: Draw) -> tuple[str, list[_Call]]:
    order = draw.order(is_in("delivered"))
    item_id = draw.rng.choice(order["items"])["item_id"]
    return order["user_id"], [_exchange(order, [item_id], [item_id], _card(draw, order))]
