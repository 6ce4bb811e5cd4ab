"""What no shopper does: floods, bots of several kinds, crowds that only click, fraud on ads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault

_SECOND_US, _MINUTE_US, _HOUR_US = 1_000_000, 60_000_000, 3_600_000_000
_MAY_ALSO = ("flood", "bot", "perhaps_bot", "crowd")


class _Client:
    """Something that sends events: fills in what every event has."""

    def __init__(self, dataset: Dataset, check: str, visitor_id: str | None = None) -> None:
        self.dataset, self.check = dataset, check
        self.visitor_id = visitor_id or dataset.new_id("visitor")
        self.session_id = dataset.new_id("session")
        like = dataset.rng.choice(dataset.events)
        self.kept = {k: like.get(k) for k in ("platform", "device", "country")}
        self.lag_us = dataset.rng.randint(50_000, 900_000) if _has_two_clocks(dataset) else 0
        self.step_us = _MINUTE_US if _is_in_minutes(dataset) else 1

    def send(self, event_type: str, at_us: int, *, is_fault: bool = True, **more: Any) -> Row:
        at_us = at_us // self.step_us * self.step_us
        row = dict.fromkeys(self.dataset.events[0]) | {
            "event_id": self.dataset.new_id("event"),
            "event_type": event_type,
            "visitor_id": self.visitor_id,
            "session_id": self.session_id,
            "occurred_at_us": at_us,
            "received_at_us": at_us + self.lag_us,
            **self.kept,
            **more,
        }
        self.dataset.add("events", row)
        if is_fault:
            self.dataset.label(
                "events", row, self.check, also=[c for c in _MAY_ALSO if c != self.check]
            )
        else:
            self.dataset.reserve(row)
        return row

    def page(self, at_us: int, products: list[str], text: str) -> str:
        """A search and what came back."""
        query_id = self.dataset.new_id("query")
        where: Row = {"query_id": query_id, "surface": "search", "query_text": text}
        self.send("search", at_us, **where)
        for i, product in enumerate(products):
            later_us = at_us + 20_000 * (i + 1)
            self.send("impression", later_us, **where, product_id=product, position=i + 1)
        return query_id


def _has_two_clocks(dataset: Dataset) -> bool:
    return any(r["occurred_at_us"] != r["received_at_us"] for r in dataset.events[:200])


def _is_in_minutes(dataset: Dataset) -> bool:
    """Whether the log's exporter left the seconds out."""
    return all(
        r["occurred_at_us"] % _MINUTE_US == 0 for r in dataset.events[:200] if dataset.is_clean(r)
    )


def _products(dataset: Dataset) -> list[str]:
    """Products that shoppers of this log see, so that nothing else about the rows is odd."""
    known = {p["product_id"] for p in dataset.products if dataset.is_clean(p)}
    return sorted({r["product_id"] for r in dataset.events if dataset.is_clean(r)} & known)


def _texts(dataset: Dataset) -> list[str]:
    return sorted({r["query_text"] for r in dataset.events if r["query_text"]}) or ["lamp"]


def _times(dataset: Dataset, hours: float) -> tuple[int, int]:
    """The first and the last moment at which something ``hours`` long may start."""
    times = [r["received_at_us"] for r in dataset.events if dataset.is_clean(r)]
    return min(times), max(max(times) - int((hours + 0.1) * _HOUR_US), min(times) + 1)


def _start(dataset: Dataset, hours: float) -> int:
    return dataset.rng.randint(*_times(dataset, hours))


def _has(dataset: Dataset, *types: str) -> bool:
    return {r["event_type"] for r in dataset.events} >= set(types)


def _quiet_moments(dataset: Dataset, n: int, hours: float) -> Iterator[tuple[str, int]]:
    """Known visitors, each at a moment when they did nothing, an hour before and after."""
    by_visitor: dict[str, list[int]] = defaultdict(list)
    for row in dataset.events:
        by_visitor[row["visitor_id"]] += [row["occurred_at_us"]]
    names = sorted(v for v, times in by_visitor.items() if len(times) >= 10)
    for visitor in dataset.rng.sample(names, min(n, len(names))):
        for _ in range(50):
            at_us = _start(dataset, hours)
            if all(abs(at_us - t) > (1 + hours) * _HOUR_US for t in by_visitor[visitor]):
                yield visitor, at_us
                break


def _click_floods(dataset: Dataset, n: int) -> None:
    if not _has(dataset, "click"):
        return
    products = _products(dataset)
    for visitor, at_us in _quiet_moments(dataset, max(1, n // 20), 0.2):
        client, per_second = _Client(dataset, "flood", visitor), dataset.rng.uniform(4, 40)
        for product in dataset.rng.sample(
            products, min(dataset.rng.randint(130, 500), len(products))
        ):
            client.send("click", at_us, product_id=product)
            at_us += int(dataset.rng.uniform(0.3, 1.7) / per_second * _SECOND_US)


def _page_floods(dataset: Dataset, n: int) -> None:
    if not _has(dataset, "search", "impression"):
        return
    products, texts = _products(dataset), _texts(dataset)
    for visitor, at_us in _quiet_moments(dataset, max(1, n // 30), 0.2):
        client, per_second = _Client(dataset, "flood", visitor), dataset.rng.uniform(4, 15)
        for _ in range(dataset.rng.randint(120, 200)):
            client.page(at_us, dataset.rng.sample(products, 6), dataset.rng.choice(texts))
            at_us += int(dataset.rng.uniform(0.5, 1.5) / per_second * _SECOND_US)


def _stuck_keys(dataset: Dataset, n: int) -> None:
    if not _has(dataset, "add_to_cart"):
        return
    for visitor, at_us in _quiet_moments(dataset, max(1, n // 20), 0.2):
        client, product = _Client(dataset, "flood", visitor), dataset.rng.choice(_products(dataset))
        for _ in range(dataset.rng.randint(130, 300)):
            client.send("add_to_cart", at_us, product_id=product, quantity=1)
            at_us += dataset.rng.randint(60_000, 180_000)


def _order_floods(dataset: Dataset, n: int) -> None:
    """A script that tries stolen cards: one order after the other, of things it has bought before."""
    bought = dataset.pick(
        "events", max(1, n // 20), lambda r: dataset.is_clean(r) and r["event_type"] == "purchase"
    )
    for row in bought:
        at_us = min(row["occurred_at_us"] + 5 * _HOUR_US, _times(dataset, 1)[1])
        if at_us <= row["occurred_at_us"]:
            continue
        at_us -= at_us % _MINUTE_US  # where only minutes are logged, it is in one
        client = _Client(dataset, "flood", row["visitor_id"])
        for _ in range(dataset.rng.randint(150, 260)):
            more = {k: row[k] for k in ("product_id", "price_minor", "currency", "quantity")}
            client.send("purchase", at_us, **more, order_id=dataset.new_id("order"))
            at_us += dataset.rng.randint(80_000, 200_000)


def _scrapers(dataset: Dataset, n: int) -> None:
    """Fast: every page of the shop as quickly as it answers; it never opens a product."""
    if not _has(dataset, "search", "impression"):
        return
    products, texts = _products(dataset), _texts(dataset)
    for _ in range(max(1, n // 30)):
        client, at_us = _Client(dataset, "bot"), _start(dataset, 0.5)
        for _ in range(dataset.rng.randint(250, 450)):
            client.page(at_us, dataset.rng.sample(products, 6), dataset.rng.choice(texts))
            at_us += int((0.8 + dataset.rng.expovariate(1)) * _SECOND_US)


def _crawlers(
    dataset: Dataset, n: int, gap_s: Callable[[Dataset], Callable[[], float]], most: float
) -> None:
    """Slow: one product page after the other, each once, for hours."""
    if not _has(dataset, "click"):
        return
    products = _products(dataset)
    for _ in range(max(1, n // 30)):
        client, gap = _Client(dataset, "bot"), gap_s(dataset)
        at_us = _start(dataset, most)
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
    if not _has(dataset, "click") or not any(r["country"] for r in dataset.events):
        return
    products = _products(dataset)
    for _ in range(max(1, n // 30)):
        client, at_us = _Client(dataset, "perhaps_bot"), _start(dataset, 10)
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
    if not _has(dataset, "search", "click"):
        return
    products, texts = _products(dataset), _texts(dataset)
    for _ in range(max(1, n // 60)):
        paid, text, start_us = (
            dataset.rng.sample(products, 4),
            dataset.rng.choice(texts),
            _start(dataset, 3),
        )
        for _ in range(dataset.rng.randint(4, 8)):
            client, at_us = (
                _Client(dataset, "bot"),
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
    if not _has(dataset, "click", "impression"):
        return
    for product in dataset.rng.sample(_products(dataset), max(1, n // 30)):
        start_us, minutes = _start(dataset, 1), dataset.rng.randint(5, 45)
        for _ in range(dataset.rng.randint(180, 400)):
            client = _Client(dataset, "crowd")
            at_us = start_us + dataset.rng.randint(0, minutes * 60) * _SECOND_US
            client.send("click", at_us, product_id=product)


FAULTS: tuple[Fault, ...] = (
    Fault("clicks by the second", ("flood",), True, _click_floods),
    Fault("pages by the second", ("flood",), True, _page_floods),
    Fault("a stuck key", ("flood",), True, _stuck_keys),
    Fault("orders by the second", ("flood",), True, _order_floods),
    Fault("a fast scraper", ("bot",), False, _scrapers),
    Fault(
        "a crawler with even gaps", ("bot",), False, lambda d, n: _crawlers(d, n, _even_gaps, 12)
    ),
    Fault(
        "a crawler with random gaps",
        ("bot",),
        False,
        lambda d, n: _crawlers(d, n, _random_gaps, 20),
    ),
    Fault("a click farm", ("bot",), False, _farms),
    Fault("an id that many share", ("perhaps_bot",), False, _shared_ids),
    Fault("a click for each cookie", ("crowd",), False, _crowds),
)
