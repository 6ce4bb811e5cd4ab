"""The state of a shop in one form, to compare ours with that of the plain tools.

Items of an order are compared as a list without an order; the rest is compared as it is, with money in cents.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from baihuo.assist import Address, OrderStatus, SqliteOrders
from suites.assist_tools.reference import CHANGED, Shop, cents

State = dict[str, Any]  # "order #W1" or "user ada" → what it is
_WORDS = {
    OrderStatus.PENDING_ITEMS_CHANGED: CHANGED,
    OrderStatus.RETURN_REQUESTED: "return requested",
    OrderStatus.EXCHANGE_REQUESTED: "exchange requested",
}


def plain_state(shop: Shop) -> State:
    """Of the plain dictionaries."""
    state: State = {}
    for order_id, order in shop["orders"].items():
        state[f"order {order_id}"] = {
            "user": order["user_id"],
            "status": order["status"],
            "address": tuple(sorted(order["address"].items())),
            "items": sorted(
                (i["item_id"], cents(i["price"]), tuple(sorted(i["options"].items())))
                for i in order["items"]
            ),
            "paid": [
                (p["transaction_type"], cents(p["amount"]), p["payment_method_id"])
                for p in order["payment_history"]
            ],
            "reason": order.get("cancel_reason", ""),
            "return": (order.get("return_items"), order.get("return_payment_method_id")),
            "exchange": (
                order.get("exchange_items"),
                order.get("exchange_new_items"),
                order.get("exchange_payment_method_id"),
                cents(order.get("exchange_price_difference", 0)),
            ),
        }
    for user_id, user in shop["users"].items():
        state[f"user {user_id}"] = {
            "address": tuple(sorted(user["address"].items())),
            "balances": {
                k: cents(m["balance"]) for k, m in user["payment_methods"].items() if "balance" in m
            },
        }
    return state


def our_state(orders: SqliteOrders, order_ids: Iterable[str], user_ids: Iterable[str]) -> State:
    """Of our orders."""
    state: State = {}
    for order_id in order_ids:
        order = orders.order(order_id)
        if order is None:
            continue
        back, exchange = order.return_request, order.exchange_request
        state[f"order {order_id}"] = {
            "user": order.shopper_id,
            "status": _WORDS.get(order.status, str(order.status)),
            "address": _address(order.address),
            "items": sorted(
                (i.variant_id, i.price_minor, tuple(sorted(i.options.items()))) for i in order.items
            ),
            "paid": [(p.kind, p.amount_minor, p.payment_method_id) for p in order.payments],
            "reason": order.cancel_reason,
            "return": (sorted(back.variant_ids), back.payment_method_id) if back else (None, None),
            "exchange": (
                sorted(exchange.variant_ids),
                sorted(exchange.new_variant_ids),
                exchange.payment_method_id,
                exchange.difference_minor,
            )
            if exchange
            else (None, None, None, 0),
        }
    for user_id in user_ids:
        shopper = orders.shopper(user_id)
        if shopper is not None:
            state[f"user {user_id}"] = {
                "address": _address(shopper.address),
                "balances": {
                    m.payment_method_id: m.balance_minor
                    for m in shopper.payment_methods
                    if m.balance_minor is not None
                },
            }
    return state


def differences(ours: State, plain: State) -> list[str]:
    """Which records are not the same."""
    return [
        name for name in sorted(ours.keys() | plain.keys()) if ours.get(name) != plain.get(name)
    ]


def _address(address: Address | None) -> tuple[tuple[str, str], ...]:
    if address is None:
        return ()
    names = {
        "address1": address.line1,
        "address2": address.line2,
        "city": address.city,
        "state": address.state,
        "country": address.country,
        "zip": address.postal_code,
    }
    return tuple(sorted(names.items()))
