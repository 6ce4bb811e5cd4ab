"""Visits that a loop makes up under new visitor ids: each says who did what, slow enough that no hour stands out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from baihuo.faults.client import Client, seen_products, typed_texts
from baihuo.faults.dataset import HOUR_US, SECOND_US, Dataset, Row


class Log(NamedTuple):
    """What shoppers of a log see and type; found once for all visits that are forged in it."""

    products: list[str]
    texts: list[str]


Visit: TypeAlias = Callable[[Client, str, int, Log], None]
"""Sends one visit of a new visitor about a product, from a moment on."""


def forge(
    dataset: Dataset, visit: Visit, product: str, *, n_visitors: int, start_us: int, hours: float
) -> None:
    """``n_visitors`` forged visits about a product, at random moments of ``hours``."""
    log = Log(seen_products(dataset), typed_texts(dataset))
    for _ in range(n_visitors):
        client = Client(dataset, "crowd")
        visit(client, product, start_us + int(dataset.rng.random() * hours * HOUR_US), log)


def click_alone(client: Client, product: str, at_us: int, log: Log) -> None:
    """One click."""
    client.send("click", at_us, product_id=product)


def whole_visit(client: Client, product: str, at_us: int, log: Log) -> None:
    """A search, its page, the click and a dwell that is long enough."""
    dataset = client.dataset
    others = dataset.rng.sample(log.products, 6)
    shown = [product, *(other for other in others if other != product)][:6]
    query_id = client.page(at_us, shown, dataset.rng.choice(log.texts))
    where: Row = {
        "product_id": product,
        "query_id": query_id,
        "surface": "search",
        "position": 1,
    }
    clicked_us = at_us + int(dataset.rng.uniform(2, 9) * SECOND_US)
    client.send("click", clicked_us, **where)
    dwell_ms = dataset.rng.randint(8_000, 40_000)
    client.send("dwell", clicked_us + dwell_ms * 1_000, **where, dwell_ms=dwell_ms)


def order(client: Client, product: str, at_us: int, log: Log) -> None:
    """A click, a cart and an order at the price that others paid."""
    dataset = client.dataset
    client.send("click", at_us, product_id=product)
    at_us += int(dataset.rng.uniform(5, 40) * SECOND_US)
    client.send("add_to_cart", at_us, product_id=product, quantity=1)
    paid = (
        row
        for row in dataset.events
        if row["event_type"] == "purchase" and row["product_id"] == product
    )
    like = next(paid, {"price_minor": None, "currency": None})
    client.send(
        "purchase",
        at_us + int(dataset.rng.uniform(20, 90) * SECOND_US),
        product_id=product,
        quantity=1,
        price_minor=like["price_minor"],
        currency=like["currency"],
        order_id=dataset.new_id("order"),
    )


def camouflaged(client: Client, product: str, at_us: int, log: Log) -> None:
    """Two other products first, so that the visitor does not seem to care for one alone."""
    dataset = client.dataset
    others = dataset.rng.sample(log.products, 2)
    for one in (*others, product):
        client.send("click", at_us, product_id=one)
        at_us += int(dataset.rng.lognormvariate(2.5, 0.6) * SECOND_US)


VISITS: dict[str, Visit] = {
    "a click of each of many new visitors": click_alone,
    "whole visits of new visitors": whole_visit,
    "orders of new visitors": order,
    "new visitors that also look around": camouflaged,
}
