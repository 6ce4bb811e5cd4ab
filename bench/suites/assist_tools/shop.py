"""The files of tau-bench's shop, and its tool calls as our writes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.assist import Address, SqliteOrders, Write, read_taubench, write_from
from suites.assist_tools.reference import Shop

NOW_US = 1_700_000_000_000_000  # the files have no dates
_TOOLS = {
    "cancel_pending_order": "cancel_order",
    "modify_pending_order_address": "change_address",
    "modify_pending_order_payment": "change_payment",
    "modify_pending_order_items": "change_items",
    "modify_user_address": "change_shopper_address",
    "return_delivered_order_items": "return_items",
    "exchange_delivered_order_items": "exchange_items",
}
_NAMES = {"item_ids": "variant_ids", "new_item_ids": "new_variant_ids"}
_ADDRESS = ("address1", "address2", "city", "state", "country", "zip")


@dataclass(frozen=True, slots=True)
class Files:
    """The shop as plain dictionaries, and as a filled SQLite file."""

    shop: Shop
    filled: bytes

    @classmethod
    def of(cls, folder: Path) -> Files:
        """From ``users.json``, ``orders.json`` and ``products.json``."""
        names = ("users", "orders", "products")
        shop = {n: json.loads((folder / f"{n}.json").read_text("utf-8")) for n in names}
        return cls(shop, _filled(folder))


def _filled(folder: Path) -> bytes:
    with tempfile.TemporaryDirectory(prefix="assist-tools-") as name:
        path = Path(name) / "orders.sqlite"
        orders = SqliteOrders(path)
        orders.add(read_taubench(folder))
        orders.close()
        return path.read_bytes()


def write_of(name: str, arguments: Mapping[str, Any], user_id: str) -> Write | None:
    """A call as our write; None for the profile of another user.

    Raises:
        ValueError: an argument is missing or of another kind.
    """
    given: dict[str, Any] = {_NAMES.get(k, k): v for k, v in arguments.items() if k not in _ADDRESS}
    if name == "modify_user_address" and given.pop("user_id", user_id) != user_id:
        return None
    if "zip" in arguments:
        given["address"] = Address(
            line1=arguments["address1"],
            line2=arguments["address2"],
            city=arguments["city"],
            state=arguments["state"],
            country=arguments["country"],
            postal_code=arguments["zip"],
        )
    return write_from(_TOOLS[name], given)
