"""More requests than a person can make: floods of clicks, pages, carts and orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from baihuo.faults.dataset import Dataset
from baihuo.faults.fault import Fault
from baihuo.faults.traffic.client import (
    Client,
    is_possible,
    random_start,
    seen_products,
    time_range,
    typed_texts,
)

_SECOND_US, _MINUTE_US, _HOUR_US = 1_000_000, 60_000_000, 3_600_000_000


def _quiet_moments(dataset: Dataset, n: int, hours: float) -> Iterator[tuple[str, int]]:
    """Known visitors, each at a moment when they did nothing, an hour before and after."""
    by_visitor: dict[str, list[int]] = defaultdict(list)
    for row in dataset.events:
        by_visitor[row["visitor_id"]] += [row["occurred_at_us"]]
    names = sorted(v for v, times in by_visitor.items() if len(times) >= 10)
    for visitor in dataset.rng.sample(names, min(n, len(names))):
        for _ in range(50):
            at_us = random_start(dataset, hours)
            if all(abs(at_us - t) > (1 + hours) * _HOUR_US for t in by_visitor[visitor]):
                yield visitor, at_us
                break


def _click_floods(dataset: Dataset, n: int) -> None:
    if not is_possible(dataset, "click", n_products=130):
        return
    products = seen_products(dataset)
    for visitor, at_us in _quiet_moments(dataset, max(1, n // 20), 0.2):
        client, per_second = Client(dataset, "flood", visitor), dataset.rng.uniform(4, 40)
        for product in dataset.rng.sample(
            products, min(dataset.rng.randint(130, 500), len(products))
        ):
            client.send("click", at_us, product_id=product)
            at_us += int(dataset.rng.uniform(0.3, 1.7) / per_second * _SECOND_US)


def _page_floods(dataset: Dataset, n: int) -> None:
    if not is_possible(dataset, "search", "impression", n_products=6):
        return
    products, texts = seen_products(dataset), typed_texts(dataset)
    for visitor, at_us in _quiet_moments(dataset, max(1, n // 30), 0.2):
        client, per_second = Client(dataset, "flood", visitor), dataset.rng.uniform(4, 15)
        for _ in range(dataset.rng.randint(120, 200)):
            client.page(at_us, dataset.rng.sample(products, 6), dataset.rng.choice(texts))
            at_us += int(dataset.rng.uniform(0.5, 1.5) / per_second * _SECOND_US)


def _stuck_keys(dataset: Dataset, n: int) -> None:
    if not is_possible(dataset, "add_to_cart"):
        return
    for visitor, at_us in _quiet_moments(dataset, max(1, n // 20), 0.2):
        client, product = (
            Client(dataset, "flood", visitor),
            dataset.rng.choice(seen_products(dataset)),
        )
        for _ in range(dataset.rng.randint(130, 300)):
            client.send("add_to_cart", at_us, product_id=product, quantity=1)
            at_us += dataset.rng.randint(60_000, 180_000)


def _order_floods(dataset: Dataset, n: int) -> None:
    """A script that tries stolen cards: one order after the other, of things it has bought before."""
    bought = dataset.pick(
        "events", max(1, n // 20), lambda r: dataset.is_clean(r) and r["event_type"] == "purchase"
    )
    for row in bought:
        at_us = min(row["occurred_at_us"] + 5 * _HOUR_US, time_range(dataset, 1)[1])
        if at_us <= row["occurred_at_us"]:
            continue
        at_us -= at_us % _MINUTE_US  # where only minutes are logged, it is in one
        client = Client(dataset, "flood", row["visitor_id"])
        for _ in range(dataset.rng.randint(150, 260)):
            more = {k: row[k] for k in ("product_id", "price_minor", "currency", "quantity")}
            client.send("purchase", at_us, **more, order_id=dataset.new_id("order"))
            at_us += dataset.rng.randint(80_000, 200_000)


FAULTS: tuple[Fault, ...] = (
    Fault(
        "clicks by the second",
        ("flood",),
        True,
        _click_floods,
        needs="clicks on 130 products, by visitors with ten events",
    ),
    Fault(
        "pages by the second",
        ("flood",),
        True,
        _page_floods,
        needs="searches and impressions, by visitors with ten events",
    ),
    Fault(
        "a stuck key",
        ("flood",),
        True,
        _stuck_keys,
        needs="add_to_cart events, by visitors with ten events",
    ),
    Fault(
        "orders by the second",
        ("flood",),
        True,
        _order_floods,
        needs="purchases, more than an hour before the log ends",
    ),
)
