"""Programs and paid people: scrapers, crawlers, click farms, one cookie a click."""

from __future__ import annotations

from collections.abc import Callable

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


def _scrapers(dataset: Dataset, n: int) -> None:
    """Fast: every page of the shop as quickly as it answers; it never opens a product."""
    if not is_possible(dataset, "search", "impression", n_products=6):
        return
    products, texts = seen_products(dataset), typed_texts(dataset)
    for _ in range(max(1, n // 30)):
        client, at_us = Client(dataset, "bot"), random_start(dataset, 0.5)
        for _ in range(dataset.rng.randint(250, 450)):
            client.page(at_us, dataset.rng.sample(products, 6), dataset.rng.choice(texts))
            at_us += int((0.8 + dataset.rng.expovariate(1)) * _SECOND_US)


def _crawlers(
    dataset: Dataset, n: int, gap_s: Callable[[Dataset], Callable[[], float]], most: float
) -> None:
    """Slow: one product page after the other, each once, for hours."""
    if not is_possible(dataset, "click", n_products=150):
        return
    products = seen_products(dataset)
    for _ in range(max(1, n // 30)):
        client, gap = Client(dataset, "bot"), gap_s(dataset)
        at_us = random_start(dataset, most)
        end_us = at_us + int(dataset.rng.uniform(0.6, 1) * most * _HOUR_US)
        order = dataset.rng.sample(products, len(products))
        is_browser = (
            most <= 12 and dataset.rng.random() < 0.5
        )  # one without a screen, but it beacons
        while at_us < end_us and order:
            client.send("click", at_us, product_id=order[-1])
            if is_browser:
                dwell_ms = dataset.rng.randint(1_500, 4_000)
                client.send(
                    "dwell", at_us + dwell_ms * 1_000, product_id=order[-1], dwell_ms=dwell_ms
                )
            order.pop()
            at_us += int(gap() * _SECOND_US)


def _even_gaps(dataset: Dataset) -> Callable[[], float]:
    every = dataset.rng.uniform(20, 70)
    return lambda: every * dataset.rng.uniform(0.93, 1.07)


def _random_gaps(dataset: Dataset) -> Callable[[], float]:
    mean = dataset.rng.uniform(40, 110)
    return lambda: 2 + dataset.rng.expovariate(1 / mean)


def _shared_ids(dataset: Dataset, n: int) -> None:
    """Many people under one id ("guest"), from several countries: together they act like a program, and
    may only be noted, once."""
    if not is_possible(dataset, "click", n_products=150) or not any(
        r["country"] for r in dataset.events
    ):
        return
    products = seen_products(dataset)
    for _ in range(max(1, n // 30)):
        client, at_us = Client(dataset, "perhaps_bot"), random_start(dataset, 10)
        order = dataset.rng.sample(products, min(len(products), 500))
        for i, product in enumerate(order):
            where = {
                "country": dataset.rng.choice(("CN", "DE", "US", "FR", "GB")),
                "session_id": None,
            }
            row = client.send("click", at_us, is_fault=False, product_id=product, **where)
            if i == 0:
                dataset.label("events", row, "perhaps_bot")
            at_us += int(dataset.rng.uniform(35, 40) * _SECOND_US)


def _farms(dataset: Dataset, n: int) -> None:
    """A room full of phones that search for a word and open the few products they are paid for."""
    if not is_possible(dataset, "search", "click", n_products=6):
        return
    products, texts = seen_products(dataset), typed_texts(dataset)
    for _ in range(max(1, n // 60)):
        paid, text, start_us = (
            dataset.rng.sample(products, 4),
            dataset.rng.choice(texts),
            random_start(dataset, 3),
        )
        for _ in range(dataset.rng.randint(4, 8)):
            client, at_us = (
                Client(dataset, "bot"),
                start_us + dataset.rng.randint(0, 600) * _SECOND_US,
            )
            is_beaconing = dataset.rng.random() < 0.5
            for _ in range(dataset.rng.randint(70, 140)):
                seen = [dataset.rng.choice(paid), *dataset.rng.sample(products, 2)]
                query_id = client.page(at_us, seen, text)
                at_us += int(dataset.rng.lognormvariate(1.2, 0.3) * _SECOND_US)
                where: Row = {
                    "product_id": seen[0],
                    "query_id": query_id,
                    "surface": "search",
                    "position": 1,
                }
                client.send("click", at_us, **where)
                if is_beaconing:
                    at_us += dataset.rng.randint(200_000, 900_000)
                    client.send("dwell", at_us, **where, dwell_ms=dataset.rng.randint(100, 800))
                at_us += int(dataset.rng.lognormvariate(2.5, 0.4) * _SECOND_US)


def _crowds(dataset: Dataset, n: int) -> None:
    """A loop that takes a new cookie for every click on one product."""
    if not is_possible(dataset, "click", "impression"):
        return
    products = seen_products(dataset)
    for product in dataset.rng.sample(products, min(max(1, n // 30), len(products))):
        start_us, minutes = random_start(dataset, 1), dataset.rng.randint(5, 45)
        for _ in range(dataset.rng.randint(180, 400)):
            client = Client(dataset, "crowd")
            at_us = start_us + dataset.rng.randint(0, minutes * 60) * _SECOND_US
            client.send("click", at_us, product_id=product)


FAULTS: tuple[Fault, ...] = (
    Fault(
        "a fast scraper",
        ("bot",),
        False,
        _scrapers,
        needs="searches and impressions of six products",
    ),
    Fault(
        "a crawler with even gaps",
        ("bot",),
        False,
        lambda d, n: _crawlers(d, n, _even_gaps, 12),
        needs="clicks on 150 products",
    ),
    Fault(
        "a crawler with random gaps",
        ("bot",),
        False,
        lambda d, n: _crawlers(d, n, _random_gaps, 20),
        needs="clicks on 150 products",
    ),
    Fault("a click farm", ("bot",), False, _farms, needs="searches and clicks on six products"),
    Fault(
        "an id that many share",
        ("perhaps_bot",),
        False,
        _shared_ids,
        needs="clicks on 150 products, with a country",
    ),
    Fault("a click for each cookie", ("crowd",), False, _crowds, needs="clicks and impressions"),
)
