"""Events that somebody forges to lift a product: a loop that takes a new visitor for each visit it makes up.

Slow enough, and spread wide enough, that no visitor and no hour stands out. What they share is their age, their product, and
the one shape that the loop gives them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault
from baihuo.faults.traffic.client import (
    Client,
    is_possible,
    random_start,
    seen_products,
    typed_texts,
)

_SECOND_US, _HOUR_US = 1_000_000, 3_600_000_000
Visit: TypeAlias = Callable[[Client, str, int], None]
"""Sends one visit of a new visitor about a product, from a moment on."""


def forge(
    dataset: Dataset, visit: Visit, product: str, *, n_visitors: int, start_us: int, hours: float
) -> None:
    """``n_visitors`` forged visits about a product, at random moments of ``hours``."""
    for _ in range(n_visitors):
        client = Client(dataset, "forged_visits")
        visit(client, product, start_us + int(dataset.rng.random() * hours * _HOUR_US))


def click_alone(client: Client, product: str, at_us: int) -> None:
    """One click."""
    client.send("click", at_us, product_id=product)


def whole_visit(client: Client, product: str, at_us: int) -> None:
    """A search, its page, the click and a dwell that is long enough."""
    dataset = client.dataset
    others = dataset.rng.sample(seen_products(dataset), 6)
    shown = [product, *(other for other in others if other != product)][:6]
    query_id = client.page(at_us, shown, dataset.rng.choice(typed_texts(dataset)))
    where: Row = {
        "product_id": product,
        "query_id": query_id,
        "surface": "search",
        "position": 1,
    }
    clicked_us = at_us + int(dataset.rng.uniform(2, 9) * _SECOND_US)
    client.send("click", clicked_us, **where)
    dwell_ms = dataset.rng.randint(8_000, 40_000)
    client.send("dwell", clicked_us + dwell_ms * 1_000, **where, dwell_ms=dwell_ms)


def order(client: Client, product: str, at_us: int) -> None:
    """A click, a cart and an order at the price that others paid."""
    dataset = client.dataset
    client.send("click", at_us, product_id=product)
    at_us += int(dataset.rng.uniform(5, 40) * _SECOND_US)
    client.send("add_to_cart", at_us, product_id=product, quantity=1)
    paid = [
        row
        for row in dataset.events
        if row["event_type"] == "purchase" and row["product_id"] == product
    ]
    like = paid[0] if paid else {"price_minor": None, "currency": None}
    client.send(
        "purchase",
        at_us + int(dataset.rng.uniform(20, 90) * _SECOND_US),
        product_id=product,
        quantity=1,
        price_minor=like["price_minor"],
        currency=like["currency"],
        order_id=dataset.new_id("order"),
    )


def camouflaged(client: Client, product: str, at_us: int) -> None:
    """Two other products first, so that the visitor does not seem to care for one alone."""
    dataset = client.dataset
    others = dataset.rng.sample(seen_products(dataset), 2)
    for one in (*others, product):
        client.send("click", at_us, product_id=one)
        at_us += int(dataset.rng.lognormvariate(2.5, 0.6) * _SECOND_US)


VISITS: dict[str, tuple[Visit, tuple[str, ...]]] = {
    "a click of each of many new visitors": (click_alone, ("click", "impression")),
    "whole visits of new visitors": (whole_visit, ("search", "impression", "click", "dwell")),
    "orders of new visitors": (order, ("click", "add_to_cart", "purchase", "impression")),
    "new visitors that also look around": (camouflaged, ("click", "impression")),
}
"""By name: the visit, and the event types that a log needs to have for it."""


def _apply(visit: Visit, types: tuple[str, ...]) -> Callable[[Dataset, int], None]:
    def apply(dataset: Dataset, n: int) -> None:
        if not is_possible(dataset, *types, n_products=20):
            return
        for product in dataset.rng.sample(seen_products(dataset), max(1, n // 30)):
            hours = dataset.rng.uniform(4, 18)
            forge(
                dataset,
                visit,
                product,
                n_visitors=dataset.rng.randint(150, 400),
                start_us=random_start(dataset, hours),
                hours=hours,
            )

    return apply


FAULTS: tuple[Fault, ...] = tuple(
    Fault(
        name,
        ("forged_visits",),
        False,
        _apply(visit, types),
        needs=f"{', '.join(types)} events of 20 products",
    )
    for name, (visit, types) in VISITS.items()
)
