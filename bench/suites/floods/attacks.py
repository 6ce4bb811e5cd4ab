"""Visits that a loop makes up under new visitor ids: each says who did what, slow enough that no hour stands out."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeAlias

HOUR_US, SECOND_US = 3_600_000_000, 1_000_000
Row: TypeAlias = "dict[str, Any]"


class Client:
    """One forged visitor in a log; what it sends is appended to ``sent``."""

    def __init__(self, log: Forgery) -> None:
        self.log, self.rng = log, log.rng
        like = self.rng.choice(log.week)
        kept = {name: like.get(name) for name in ("platform", "device", "country")}
        ids = {name: log.new_id(name) for name in ("visitor_id", "session_id")}
        self.row = dict.fromkeys(log.week[0]) | kept | ids
        self.lag_us = self.rng.randint(50_000, 900_000)

    def send(self, event_type: str, at_us: int, **more: Any) -> None:
        own = {"event_id": self.log.new_id("event"), "event_type": event_type}
        times = {"occurred_at_us": at_us, "received_at_us": at_us + self.lag_us}
        self.log.sent.append(self.row | own | times | more)

    def page(self, at_us: int, products: list[str], text: str) -> str:
        """Send a search and what came back; return its id."""
        where = {"query_id": self.log.new_id("query"), "surface": "search", "query_text": text}
        self.send("search", at_us, **where)
        for n, product in enumerate(products, 1):
            self.send("impression", at_us + 20_000 * n, **where, product_id=product, position=n)
        return str(where["query_id"])


class Forgery:
    """A log's rows, what its shoppers see and type, and the rows that are forged in it."""

    def __init__(self, week: list[Row], products: list[Row], rng: random.Random) -> None:
        self.week, self.rng, self._n = week, rng, 0
        self.sent: list[Row] = []
        known = {row["product_id"] for row in products}
        self.products = sorted({row["product_id"] for row in week} & known)
        self.texts = sorted({row["query_text"] for row in week if row["query_text"]}) or ["lamp"]

    def new_id(self, prefix: str) -> str:
        self._n += 1
        return f"{prefix}-{self._n:06d}"

    def forge(self, visit: Visit, product: str, *, n: int, start_us: int, hours: float) -> None:
        """Send ``n`` visits about a product, at random moments of ``hours``."""
        for _ in range(n):
            visit(Client(self), product, start_us + int(self.rng.random() * hours * HOUR_US))


Visit: TypeAlias = Callable[[Client, str, int], None]
"""Sends one visit of a new visitor about a product, from a moment on."""


def click_alone(client: Client, product: str, at_us: int) -> None:
    """One click."""
    client.send("click", at_us, product_id=product)


def whole_visit(client: Client, product: str, at_us: int) -> None:
    """A search, its page, the click and a dwell that is long enough."""
    others = client.rng.sample(client.log.products, 6)
    shown = [product, *(other for other in others if other != product)][:6]
    query_id = client.page(at_us, shown, client.rng.choice(client.log.texts))
    where: Row = {
        "product_id": product,
        "query_id": query_id,
        "surface": "search",
        "position": 1,
    }
    clicked_us = at_us + int(client.rng.uniform(2, 9) * SECOND_US)
    client.send("click", clicked_us, **where)
    dwell_ms = client.rng.randint(8_000, 40_000)
    client.send("dwell", clicked_us + dwell_ms * 1_000, **where, dwell_ms=dwell_ms)


def order(client: Client, product: str, at_us: int) -> None:
    """A click, a cart and an order at the price that others paid."""
    client.send("click", at_us, product_id=product)
    at_us += int(client.rng.uniform(5, 40) * SECOND_US)
    client.send("add_to_cart", at_us, product_id=product, quantity=1)
    paid = (
        row
        for row in client.log.week
        if row["event_type"] == "purchase" and row["product_id"] == product
    )
    like = next(paid, {"price_minor": None, "currency": None})
    client.send(
        "purchase",
        at_us + int(client.rng.uniform(20, 90) * SECOND_US),
        product_id=product,
        quantity=1,
        price_minor=like["price_minor"],
        currency=like["currency"],
        order_id=client.log.new_id("order"),
    )


def camouflaged(client: Client, product: str, at_us: int) -> None:
    """Two other products first, so that the visitor does not seem to care for one alone."""
    others = client.rng.sample(client.log.products, 2)
    for one in (*others, product):
        client.send("click", at_us, product_id=one)
        at_us += int(client.rng.lognormvariate(2.5, 0.6) * SECOND_US)


VISITS: dict[str, Visit] = {
    "a click of each of many new visitors": click_alone,
    "whole visits of new visitors": whole_visit,
    "orders of new visitors": order,
    "new visitors that also look around": camouflaged,
}
