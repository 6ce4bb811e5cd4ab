"""What no shopper does: floods, bots of several kinds, crowds that only click, searches at each key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from baihuo.faults.client import (
    Client,
    is_possible,
    random_start,
    seen_products,
    time_range,
    typed_texts,
)
from baihuo.faults.dataset import HOUR_US, MINUTE_US, SECOND_US, Dataset, Faults, Row

FAULTS = Faults()


@FAULTS.add(
    "clicks by the second", "flood", needs="clicks on 130 products, by visitors with ten events"
)
def _click_floods(dataset: Dataset, n: int) -> None:
    if not is_possible(dataset, "click", n_products=130):
        return
    products = seen_products(dataset)
    for visitor, at_us in _quiet_moments(dataset, max(1, n // 20), 0.2):
        client, per_second = Client(dataset, "flood", visitor), dataset.rng.uniform(4, 40)
        for product in dataset.some(products, dataset.rng.randint(130, 500)):
            client.send("click", at_us, product_id=product)
            at_us += int(dataset.rng.uniform(0.3, 1.7) / per_second * SECOND_US)


def _quiet_moments(dataset: Dataset, n: int, hours: float) -> Iterator[tuple[str, int]]:
    """Known visitors, each at a moment when they did nothing, an hour before and after."""
    by_visitor: dict[str, list[int]] = defaultdict(list)
    for row in dataset.events:
        by_visitor[row["visitor_id"]] += [row["occurred_at_us"]]
    names = sorted(v for v, times in by_visitor.items() if len(times) >= 10)
    for visitor in dataset.some(names, n):
        for _ in range(50):
            at_us = random_start(dataset, hours)
            if all(abs(at_us - t) > (1 + hours) * HOUR_US for t in by_visitor[visitor]):
                yield visitor, at_us
                break


@FAULTS.add(
    "pages by the second", "flood", needs="searches and impressions, by visitors with ten events"
)
def _page_floods(dataset: Dataset, n: int) -> None:
    if not is_possible(dataset, "search", "impression", n_products=6):
        return
    products, texts = seen_products(dataset), typed_texts(dataset)
    for visitor, at_us in _quiet_moments(dataset, max(1, n // 30), 0.2):
        client, per_second = Client(dataset, "flood", visitor), dataset.rng.uniform(4, 15)
        for _ in range(dataset.rng.randint(120, 200)):
            client.page(at_us, dataset.rng.sample(products, 6), dataset.rng.choice(texts))
            at_us += int(dataset.rng.uniform(0.5, 1.5) / per_second * SECOND_US)


@FAULTS.add(
    "orders by the second", "flood", needs="purchases, more than an hour before the log ends"
)
def _order_floods(dataset: Dataset, n: int) -> None:
    """A script that tries stolen cards: one order after the other, of things it has bought before."""
    bought = dataset.pick("events", max(1, n // 20), "purchase")
    for row in bought:
        at_us = min(row["occurred_at_us"] + 5 * HOUR_US, time_range(dataset, 1)[1])
        if at_us <= row["occurred_at_us"]:
            continue
        at_us -= at_us % MINUTE_US  # where only minutes are logged, it is in one
        client = Client(dataset, "flood", row["visitor_id"])
        for _ in range(dataset.rng.randint(150, 260)):
            more = {k: row[k] for k in ("product_id", "price_minor", "currency", "quantity")}
            client.send("purchase", at_us, **more, order_id=dataset.new_id("order"))
            at_us += dataset.rng.randint(80_000, 200_000)


@FAULTS.add(
    "a fast scraper", "bot", is_certain=False, needs="searches and impressions of six products"
)
def _scrapers(dataset: Dataset, n: int) -> None:
    """Fast: every page of the shop as quickly as it answers; it never opens a product."""
    if not is_possible(dataset, "search", "impression", n_products=6):
        return
    products, texts = seen_products(dataset), typed_texts(dataset)
    for _ in range(max(1, n // 30)):
        client, at_us = Client(dataset, "bot"), random_start(dataset, 0.5)
        for _ in range(dataset.rng.randint(250, 450)):
            client.page(at_us, dataset.rng.sample(products, 6), dataset.rng.choice(texts))
            at_us += int((0.8 + dataset.rng.expovariate(1)) * SECOND_US)


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
        end_us = at_us + int(dataset.rng.uniform(0.6, 1) * most * HOUR_US)
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
            at_us += int(gap() * SECOND_US)


def _even_gaps(dataset: Dataset) -> Callable[[], float]:
    every = dataset.rng.uniform(20, 70)
    return lambda: every * dataset.rng.uniform(0.93, 1.07)


FAULTS.add("a crawler with even gaps", "bot", is_certain=False, needs="clicks on 150 products")(
    lambda d, n: _crawlers(d, n, _even_gaps, 12)
)


def _random_gaps(dataset: Dataset) -> Callable[[], float]:
    mean = dataset.rng.uniform(40, 110)
    return lambda: 2 + dataset.rng.expovariate(1 / mean)


FAULTS.add("a crawler with random gaps", "bot", is_certain=False, needs="clicks on 150 products")(
    lambda d, n: _crawlers(d, n, _random_gaps, 20)
)


@FAULTS.add("a click farm", "bot", is_certain=False, needs="searches and clicks on six products")
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
                start_us + dataset.rng.randint(0, 600) * SECOND_US,
            )
            is_beaconing = dataset.rng.random() < 0.5
            for _ in range(dataset.rng.randint(70, 140)):
                seen = [dataset.rng.choice(paid), *dataset.rng.sample(products, 2)]
                query_id = client.page(at_us, seen, text)
                at_us += int(dataset.rng.lognormvariate(1.2, 0.3) * SECOND_US)
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
                at_us += int(dataset.rng.lognormvariate(2.5, 0.4) * SECOND_US)


@FAULTS.add(
    "an id that many share",
    "perhaps_bot",
    is_certain=False,
    needs="clicks on 150 products, with a country",
)
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
        order = dataset.some(products, 500)
        for i, product in enumerate(order):
            where = {
                "country": dataset.rng.choice(("CN", "DE", "US", "FR", "GB")),
                "session_id": None,
            }
            row = client.send("click", at_us, is_fault=False, product_id=product, **where)
            if i == 0:
                dataset.label(row, "perhaps_bot")
            at_us += int(dataset.rng.uniform(35, 40) * SECOND_US)


@FAULTS.add("a click for each cookie", "crowd", is_certain=False, needs="clicks and impressions")
def _crowds(dataset: Dataset, n: int) -> None:
    """A loop that takes a new cookie for every click on one product."""
    if not is_possible(dataset, "click", "impression"):
        return
    products = seen_products(dataset)
    for product in dataset.some(products, max(1, n // 30)):
        start_us, minutes = random_start(dataset, 1), dataset.rng.randint(5, 45)
        for _ in range(dataset.rng.randint(180, 400)):
            client = Client(dataset, "crowd")
            at_us = start_us + dataset.rng.randint(0, minutes * 60) * SECOND_US
            client.send("click", at_us, product_id=product)


"""By name: the visit, and the event types that a log needs to have for it."""


@FAULTS.add(
    "a search at each key",
    "half_typed_search",
    is_certain=False,
    needs="searches of six characters",
)
def _typing(dataset: Dataset, n: int) -> None:
    """A page that searches at each key."""
    if not is_possible(dataset, "search"):
        return
    texts = [t for t in typed_texts(dataset) if len(t) >= 6 and t == t.strip()]
    for text in dataset.some(texts, max(1, n // 5)):
        client, at_us = Client(dataset, "half_typed_search"), random_start(dataset, 1)
        for end in range(len(text) - 4, len(text) + 1):
            if text[end - 1].isspace():
                continue
            row = client.send(
                "search",
                at_us,
                is_fault=end < len(text),
                query_text=text[:end],
                query_id=dataset.new_id("query"),
                surface="search",
            )
            dataset.excuse(row, "unreadable_characters")
            at_us += dataset.rng.randint(120_000, 320_000)
