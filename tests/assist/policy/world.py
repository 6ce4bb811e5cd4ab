"""The small shop of ``world.yaml`` as tau-bench's three files, and the violations of ``violations.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from baihuo.assist.orders.taubench import address_of
from baihuo.assist.orders.writes import WRITES, Write

HERE = Path(__file__).parent
_NAMES = {"item_ids": "variant_ids", "new_item_ids": "new_variant_ids"}


def files() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Users, orders and products."""
    world = yaml.safe_load((HERE / "world.yaml").read_text("utf-8"))
    return (
        world["users"],
        {k: _order(k, o, world) for k, o in world["orders"].items()},
        world["products"],
    )


def violations() -> list[dict[str, Any]]:
    """What must be refused, and by which rule."""
    found: list[dict[str, Any]] = yaml.safe_load((HERE / "violations.yaml").read_text("utf-8"))
    return found


def write_of(entry: dict[str, Any]) -> Write:
    """The write of an entry, which has tau-bench's words."""
    arguments = {_NAMES.get(k, k): v for k, v in entry["arguments"].items()}
    if "address" in arguments:
        arguments["address"] = address_of(arguments["address"])
    return WRITES[entry["write"]].model_validate(arguments)


def _order(order_id: str, short: dict[str, Any], world: dict[str, Any]) -> dict[str, Any]:
    paid = {
        "transaction_type": "payment",
        "amount": round(sum(item["price"] for item in short["items"]), 2),
        "payment_method_id": short["paid_by"],
    }
    refund = {**paid, "transaction_type": "refund"}
    items = [item["item_id"] for item in short["items"]]
    return {
        "order_id": order_id,
        "user_id": short["user"],
        "address": dict(world["users"][short["user"]]["address"]),
        "items": [{**item, "options": dict(item["options"])} for item in short["items"]],
        "fulfillments": [{"tracking_id": ["1"], "item_ids": items}]
        if short["status"] in ("processed", "delivered")
        else [],
        "status": short["status"],
        "payment_history": [paid, refund] if short.get("refunded") else [paid],
        **_requested(short, items),
    }


def _requested(short: dict[str, Any], items: list[str]) -> dict[str, Any]:
    if short["status"] == "exchange requested":
        return {
            "exchange_items": items[:1],
            "exchange_new_items": ["1002"],
            "exchange_payment_method_id": short["paid_by"],
            "exchange_price_difference": 5.10,
        }
    if short["status"] == "return requested":
        return {"return_items": sorted(items), "return_payment_method_id": short["paid_by"]}
    return {}
