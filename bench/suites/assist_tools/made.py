"""Makes tasks in the form of tau-bench from its shop: every kind of write, chained, with the traps of such files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from suites.assist_tools import reference
from suites.assist_tools.drawing import Draw, paid_by
from suites.assist_tools.reference import Shop, ToolError
from suites.assist_tools.tasks import Action, Task

Calls = list[tuple[str, dict[str, Any]]]
_P_TRAP = 0.1  # of tasks


def make_tasks(shop: Shop, n: int, seed: int) -> list[Task]:
    """``n`` tasks; the same seed gives the same ones. About one in ten ends with a write that the policy forbids."""
    tasks: list[Task] = []
    attempt = 0
    while len(tasks) < n:
        attempt += 1
        draw = Draw(shop, f"{seed}:{attempt}")
        try:
            tasks.append(_task(draw))
        except LookupError:
            continue
    return tasks


def _task(draw: Draw) -> Task:
    """The calls of one user, on a shop in which the calls before were done."""
    start = draw.shop
    draw.shop = reference.copied(start)
    kinds = draw.rng.choices(list(_KINDS), k=draw.rng.randint(1, 3))
    actions: list[Action] = []
    user_id = ""
    for kind in kinds:
        for name, arguments in _calls(draw, kind, user_id):
            user_id = user_id or _user_of(draw, name, arguments)
            try:
                reference.call(draw.shop, name, arguments)
            except ToolError as error:
                raise LookupError(str(error)) from error
            actions.append(Action(name, arguments))
    if draw.rng.random() < _P_TRAP:
        actions.append(_trap(draw, user_id))
    actions[:0] = _identification(draw, start, user_id)
    reads = [
        Action("get_order_details", {"order_id": a.arguments["order_id"]})
        for a in actions
        if "order_id" in a.arguments
    ][:2]
    n = len(actions) - sum(a.name in reference.WRITES for a in actions)
    actions[n:n] = reads
    wish = "; ".join(f"{a.name} {dict(a.arguments)}" for a in actions if a.name in reference.WRITES)
    return Task(user_id, f"You are {user_id}. You want: {wish}", tuple(actions), ())


def _calls(draw: Draw, kind: str, user_id: str) -> Calls:
    def is_of(order: Mapping[str, Any]) -> bool:
        return user_id in ("", order["user_id"])

    return _KINDS[kind](draw, is_of)


_Fits = Callable[[Mapping[str, Any]], bool]


def _cancel(draw: Draw, is_of: _Fits) -> Calls:
    order = draw.order(
        lambda o: is_of(o) and o["status"] == "pending" and len(o["payment_history"]) == 1
    )
    return [("cancel_pending_order", {"order_id": order["order_id"], "reason": draw.reason()})]


def _swap(name: str, status: str) -> Callable[[Draw, _Fits], Calls]:
    def calls(draw: Draw, is_of: _Fits) -> Calls:
        order = draw.order(lambda o: is_of(o) and o["status"] == status)
        items, new, difference = draw.swap(order)
        arguments = {"order_id": order["order_id"], "item_ids": items, "new_item_ids": new}
        return [(name, arguments | {"payment_method_id": draw.payer(order, difference)})]

    return calls


def _address(draw: Draw, is_of: _Fits) -> Calls:
    order = draw.order(lambda o: is_of(o) and o["status"] == "pending")
    return [("modify_pending_order_address", {"order_id": order["order_id"], **draw.address()})]


def _profile(draw: Draw, is_of: _Fits) -> Calls:
    order = draw.order(lambda o: is_of(o) and o["status"] == "pending")
    address = draw.address()
    both: Calls = [("modify_user_address", {"user_id": order["user_id"], **address})]
    if draw.rng.random() < 0.5:
        both.append(("modify_pending_order_address", {"order_id": order["order_id"], **address}))
    return both


def _payment(draw: Draw, is_of: _Fits) -> Calls:
    order = draw.order(
        lambda o: is_of(o) and o["status"] == "pending" and len(o["payment_history"]) == 1
    )
    amount = reference.cents(order["payment_history"][0]["amount"])
    method_id = draw.payer(order, amount)
    if method_id == paid_by(order):
        raise LookupError("it has the one payment method")
    arguments = {"order_id": order["order_id"], "payment_method_id": method_id}
    return [("modify_pending_order_payment", arguments)]


def _chain(draw: Draw, is_of: _Fits) -> Calls:
    """Address, payment and items of one order, the items last."""
    payment = _payment(draw, is_of)[0]
    order = draw.shop["orders"][payment[1]["order_id"]]
    items, new, difference = draw.swap(order)
    rich = draw.methods(order)
    card = draw.one([k for k, m in sorted(rich.items()) if m["source"] != "gift_card"])
    del difference
    return [
        ("modify_pending_order_address", {"order_id": order["order_id"], **draw.address()}),
        payment,
        (
            "modify_pending_order_items",
            {
                "order_id": order["order_id"],
                "item_ids": items,
                "new_item_ids": new,
                "payment_method_id": card,
            },
        ),
    ]


def _return(draw: Draw, is_of: _Fits) -> Calls:
    order = draw.order(lambda o: is_of(o) and o["status"] == "delivered")
    n = draw.rng.randint(1, len(order["items"]))
    items = [i["item_id"] for i in draw.rng.sample(order["items"], n)]
    gift_cards = [k for k, m in sorted(draw.methods(order).items()) if m["source"] == "gift_card"]
    method_id = draw.one([paid_by(order), *gift_cards])
    arguments = {"order_id": order["order_id"], "item_ids": items, "payment_method_id": method_id}
    return [("return_delivered_order_items", arguments)]


_KINDS: Mapping[str, Callable[[Draw, _Fits], Calls]] = {
    "cancel": _cancel,
    "items": _swap("modify_pending_order_items", "pending"),
    "exchange": _swap("exchange_delivered_order_items", "delivered"),
    "return": _return,
    "address": _address,
    "profile": _profile,
    "payment": _payment,
    "chain": _chain,
}


def _trap(draw: Draw, user_id: str) -> Action:
    """A last write that the policy forbids. The environment takes the first two, and refuses the others."""
    own = [o for o in draw.shop["orders"].values() if o["user_id"] == user_id]
    traps = list(_traps(draw, own))
    if not traps:
        raise LookupError("no trap fits")
    return draw.rng.choice(traps)


def _traps(draw: Draw, own: list[Mapping[str, Any]]) -> Iterator[Action]:
    for order in own:
        order_id, item = order["order_id"], order["items"][0]
        variants = draw.shop["products"][item["product_id"]]["variants"]
        if variants.get(item["item_id"], {}).get("available"):
            same = {"item_ids": [item["item_id"]], "new_item_ids": [item["item_id"]]}
            arguments = {"order_id": order_id, **same, "payment_method_id": paid_by(order)}
            if order["status"] == "delivered":
                yield Action("exchange_delivered_order_items", arguments, "other_option")
            if order["status"] == "pending":
                yield Action("modify_pending_order_items", arguments, "other_option")
        if order["status"] == reference.CHANGED:
            address = {"order_id": order_id, **draw.address()}
            yield Action("modify_pending_order_address", address, "changed_items_final")
        if order["status"] == "processed":
            cancel = {"order_id": order_id, "reason": draw.reason()}
            yield Action("cancel_pending_order", cancel, "cancel_pending")


def _user_of(draw: Draw, name: str, arguments: Mapping[str, Any]) -> str:
    if name == "modify_user_address":
        return str(arguments["user_id"])
    return str(draw.shop["orders"][arguments["order_id"]]["user_id"])


def _identification(draw: Draw, start: Shop, user_id: str) -> list[Action]:
    user = start["users"][user_id]
    if draw.rng.random() < 0.5:
        return [Action("find_user_id_by_email", {"email": user["email"]})]
    name = {**user["name"], "zip": user["address"]["zip"]}
    return [Action("find_user_id_by_name_zip", name)]
