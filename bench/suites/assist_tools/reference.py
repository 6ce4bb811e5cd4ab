"""tau-bench's retail tools once more, as plainly as can be, from their public description. It shares no code with ours.

A shop is three dictionaries as the files have them; money is in cents while it is counted. A tool changes the dictionaries, or
raises :class:`ToolError` and changes nothing. It judges no policy beyond what the tools themselves refuse.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

Shop = dict[str, dict[str, Any]]  # "users", "orders", "products"
CHANGED = "pending (item modified)"


class ToolError(Exception):
    """The tool refuses."""


def cents(amount: float) -> int:
    """Dollars as whole cents."""
    return round(amount * 100)


def call(shop: Shop, name: str, arguments: Mapping[str, Any]) -> Any:
    """Call a tool by its name.

    Raises:
        ToolError: it refuses, or there is no such tool.
    """
    if name not in TOOLS:
        raise ToolError(f"no tool {name}")
    try:
        return TOOLS[name](shop, **arguments)
    except (TypeError, KeyError) as error:
        raise ToolError(str(error)) from error


def copied(shop: Shop) -> Shop:
    """A copy to work on."""
    copy: Shop = pickle.loads(pickle.dumps(shop))  # of plain values, and quicker than a deep copy
    return copy


def _order(shop: Shop, order_id: str, *, status: str | None = None) -> dict[str, Any]:
    if order_id not in shop["orders"]:
        raise ToolError("no such order")
    order: dict[str, Any] = shop["orders"][order_id]
    if status is not None and order["status"] != status:
        raise ToolError(f"the order is {order['status']}")
    return order


def _method(shop: Shop, order: Mapping[str, Any], method_id: str) -> dict[str, Any]:
    methods = shop["users"][order["user_id"]]["payment_methods"]
    if method_id not in methods:
        raise ToolError("no such payment method")
    method: dict[str, Any] = methods[method_id]
    return method


def _add(method: dict[str, Any], amount: int) -> None:
    if method["source"] == "gift_card":
        method["balance"] = (cents(method["balance"]) + amount) / 100


def _require_items(order: Mapping[str, Any], item_ids: list[str]) -> None:
    if Counter(item_ids) - Counter(item["item_id"] for item in order["items"]):
        raise ToolError("the order has no such items")


def _offers(
    shop: Shop, order: Mapping[str, Any], item_ids: list[str], new_item_ids: list[str]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Item of the order and new variant, in pairs; each position of the order once."""
    _require_items(order, item_ids)
    if len(item_ids) != len(new_item_ids):
        raise ToolError("not one new item for each")
    left, found = list(order["items"]), []
    for item_id, new_id in zip(item_ids, new_item_ids, strict=True):
        item = next(i for i in left if i["item_id"] == item_id)
        left = [i for i in left if i is not item]
        variant = shop["products"][item["product_id"]]["variants"].get(new_id)
        if variant is None or not variant["available"]:
            raise ToolError(f"{new_id} is no variant of that product, or not available")
        found.append((item, variant))
    return found


def _difference(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> int:
    return sum(cents(new["price"]) - cents(old["price"]) for old, new in pairs)


def _require_cover(method: Mapping[str, Any], amount: int) -> None:
    if method["source"] == "gift_card" and cents(method["balance"]) < amount:
        raise ToolError("the gift card does not cover it")


def cancel(shop: Shop, order_id: str, reason: str) -> None:
    """All that was paid goes back."""
    order = _order(shop, order_id, status="pending")
    if reason not in ("no longer needed", "ordered by mistake"):
        raise ToolError("no such reason")
    owed: Counter[str] = Counter()
    for paid in order["payment_history"]:
        sign = 1 if paid["transaction_type"] == "payment" else -1
        owed[paid["payment_method_id"]] += sign * cents(paid["amount"])
    for method_id, amount in owed.items():
        if amount > 0:
            order["payment_history"].append(_transaction("refund", amount, method_id))
            _add(_method(shop, order, method_id), amount)
    order["status"], order["cancel_reason"] = "cancelled", reason


def modify_items(
    shop: Shop,
    order_id: str,
    item_ids: list[str],
    new_item_ids: list[str],
    payment_method_id: str,
) -> None:
    """Items become others at once, and the difference is paid at once."""
    order = _order(shop, order_id, status="pending")
    pairs = _offers(shop, order, item_ids, new_item_ids)
    method, difference = _method(shop, order, payment_method_id), _difference(pairs)
    _require_cover(method, difference)
    kind = "payment" if difference > 0 else "refund"
    order["payment_history"].append(_transaction(kind, abs(difference), payment_method_id))
    _add(method, -difference)
    for item, variant in pairs:
        item |= {k: variant[k] for k in ("item_id", "price", "options")}
    order["status"] = CHANGED


def modify_payment(shop: Shop, order_id: str, payment_method_id: str) -> None:
    """The new method pays, the old one gets back."""
    order = _order(shop, order_id, status="pending")
    new = _method(shop, order, payment_method_id)
    history = order["payment_history"]
    if len(history) != 1 or history[0]["transaction_type"] != "payment":
        raise ToolError("the order has not exactly one payment")
    old_id, amount = history[0]["payment_method_id"], cents(history[0]["amount"])
    if old_id == payment_method_id:
        raise ToolError("it is the same payment method")
    _require_cover(new, amount)
    history.append(_transaction("payment", amount, payment_method_id))
    history.append(_transaction("refund", amount, old_id))
    _add(new, -amount)
    _add(_method(shop, order, old_id), amount)


def modify_address(shop: Shop, order_id: str, **address: str) -> None:
    """A pending order goes elsewhere."""
    _order(shop, order_id, status="pending")["address"] = _address(**address)


def modify_user_address(shop: Shop, user_id: str, **address: str) -> None:
    """The profile's address."""
    if user_id not in shop["users"]:
        raise ToolError("no such user")
    shop["users"][user_id]["address"] = _address(**address)


def return_items(shop: Shop, order_id: str, item_ids: list[str], payment_method_id: str) -> None:
    """A return is asked for; money moves later."""
    order = _order(shop, order_id, status="delivered")
    method = _method(shop, order, payment_method_id)
    original = order["payment_history"][0]["payment_method_id"]
    if method["source"] != "gift_card" and payment_method_id != original:
        raise ToolError("a refund goes to the original payment method or to a gift card")
    _require_items(order, item_ids)
    order |= {
        "status": "return requested",
        "return_items": sorted(item_ids),
        "return_payment_method_id": payment_method_id,
    }


def exchange_items(
    shop: Shop,
    order_id: str,
    item_ids: list[str],
    new_item_ids: list[str],
    payment_method_id: str,
) -> None:
    """An exchange is asked for; money moves later."""
    order = _order(shop, order_id, status="delivered")
    pairs = _offers(shop, order, item_ids, new_item_ids)
    difference = _difference(pairs)
    _require_cover(_method(shop, order, payment_method_id), difference)
    order |= {
        "status": "exchange requested",
        "exchange_items": sorted(item_ids),
        "exchange_new_items": sorted(new_item_ids),
        "exchange_payment_method_id": payment_method_id,
        "exchange_price_difference": difference / 100,
    }


def find_by_email(shop: Shop, email: str) -> str:
    """The id of the user with this address."""
    for user_id, user in shop["users"].items():
        if user["email"].lower() == email.lower():
            return user_id
    raise ToolError("no such user")


def find_by_name(shop: Shop, first_name: str, last_name: str, zip: str) -> str:  # noqa: A002
    """The id of the user of this name and postal code."""
    wanted = (first_name.lower(), last_name.lower(), zip)
    for user_id, user in shop["users"].items():
        name = user["name"]
        if (
            name["first_name"].lower(),
            name["last_name"].lower(),
            user["address"]["zip"],
        ) == wanted:
            return user_id
    raise ToolError("no such user")


def _reader(table: str, argument: str) -> Callable[..., Any]:
    def read(shop: Shop, **arguments: str) -> Any:
        record_id = arguments[argument]
        if record_id not in shop[table]:
            raise ToolError(f"nothing has the id {record_id}")
        return shop[table][record_id]

    return read


def _address(
    address1: str,
    address2: str,
    city: str,
    state: str,
    country: str,
    zip: str,  # noqa: A002
) -> dict[str, str]:
    return {
        "address1": address1,
        "address2": address2,
        "city": city,
        "state": state,
        "country": country,
        "zip": zip,
    }


def _transaction(kind: str, amount: int, method_id: str) -> dict[str, Any]:
    return {"transaction_type": kind, "amount": amount / 100, "payment_method_id": method_id}


def _nothing(shop: Shop, **_: Any) -> None:
    """A tool without an effect."""


WRITES: Mapping[str, Callable[..., None]] = {
    "cancel_pending_order": cancel,
    "modify_pending_order_address": modify_address,
    "modify_pending_order_payment": modify_payment,
    "modify_pending_order_items": modify_items,
    "modify_user_address": modify_user_address,
    "return_delivered_order_items": return_items,
    "exchange_delivered_order_items": exchange_items,
}
TOOLS: Mapping[str, Callable[..., Any]] = {
    **WRITES,
    "find_user_id_by_email": find_by_email,
    "find_user_id_by_name_zip": find_by_name,
    "get_order_details": _reader("orders", "order_id"),
    "get_product_details": _reader("products", "product_id"),
    "get_user_details": _reader("users", "user_id"),
    "list_all_product_types": _nothing,
    "calculate": _nothing,
    "think": _nothing,
    "transfer_to_human_agents": _nothing,
}
