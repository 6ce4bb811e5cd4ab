"""Draws orders, items, variants and payment methods of a plain shop by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from suites.assist_tools.reference import Shop, cents

Order = Mapping[str, Any]
_STREETS = ("Birch Lane", "Canal Street", "Mill Road", "Station Avenue", "Harbour View")
_CITIES = (
    ("Boise", "ID", "83701"),
    ("Tampa", "FL", "33601"),
    ("Omaha", "NE", "68101"),
    ("Salem", "OR", "97301"),
)


class Draw:
    """Random choices from a shop."""

    def __init__(self, shop: Shop, seed: int | str) -> None:
        self.shop, self.rng = shop, random.Random(f"assist-tools:{seed}")
        self._order_ids = sorted(shop["orders"])

    def order(self, fits: Callable[[Order], bool]) -> dict[str, Any]:
        """An order that fits.

        Raises:
            LookupError: none does.
        """
        found = [o for o in map(self.shop["orders"].__getitem__, self._order_ids) if fits(o)]
        if not found:
            raise LookupError("no order fits")
        chosen: dict[str, Any] = self.rng.choice(found)
        return chosen

    def methods(self, order: Order) -> dict[str, dict[str, Any]]:
        """The payment methods of an order's user."""
        methods: dict[str, dict[str, Any]] = self.shop["users"][order["user_id"]]["payment_methods"]
        return methods

    def others(self, item: Mapping[str, Any], *, available: bool = True) -> list[str]:
        """Other variants of an item's product."""
        variants = self.shop["products"][item["product_id"]]["variants"]
        return [
            k
            for k, v in sorted(variants.items())
            if v["available"] is available and k != item["item_id"]
        ]

    def items(self, order: Order) -> list[dict[str, Any]]:
        """One or more items, each with another variant to be had."""
        fitting = [i for i in order["items"] if self.others(i)]
        if not fitting:
            raise LookupError("no item has another variant")
        return self.rng.sample(fitting, self.rng.randint(1, min(3, len(fitting))))

    def swap(self, order: Order) -> tuple[list[str], list[str], int]:
        """Items, new variants, and the difference in cents."""
        items = self.items(order)
        new = [self.rng.choice(self.others(i)) for i in items]
        prices = [
            cents(self.shop["products"][i["product_id"]]["variants"][n]["price"])
            - cents(i["price"])
            for i, n in zip(items, new, strict=True)
        ]
        return [i["item_id"] for i in items], new, sum(prices)

    def payer(self, order: Order, amount: int) -> str:
        """A payment method that covers an amount: of several also a gift card."""
        fitting = [
            k
            for k, m in sorted(self.methods(order).items())
            if m["source"] != "gift_card" or cents(m["balance"]) >= amount
        ]
        if not fitting:
            raise LookupError("no payment method covers it")
        return self.rng.choice(fitting)

    def address(self) -> dict[str, str]:
        """A whole address."""
        city, state, code = self.rng.choice(_CITIES)
        return {
            "address1": f"{self.rng.randint(1, 999)} {self.rng.choice(_STREETS)}",
            "address2": self.rng.choice(("", f"Suite {self.rng.randint(1, 99)}")),
            "city": city,
            "state": state,
            "country": "USA",
            "zip": code,
        }

    def reason(self) -> str:
        """One that is accepted."""
        return self.rng.choice(("no longer needed", "ordered by mistake"))

    def one(self, things: Sequence[str]) -> str:
        """One of several.

        Raises:
            LookupError: there is none.
        """
        if not things:
            raise LookupError("nothing to choose from")
        return self.rng.choice(list(things))


def paid_by(order: Order) -> str:
    """The original payment method."""
    method_id: str = order["payment_history"][0]["payment_method_id"]
    return method_id


def is_in(*statuses: str) -> Callable[[Order], bool]:
    """Whether an order has one of these statuses."""
    return lambda order: order["status"] in statuses
