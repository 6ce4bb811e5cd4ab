"""What no shopper does: floods, bots of several kinds, crowds that only click, forged visits, hoards, searches at each key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from baihuo.faults.client import (
    Client,
    is_possible,
    random_start,
    seen_products,
    time_range,
    typed_texts,
)
from baihuo.faults.dataset import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Dataset, Faults, Row
from baihuo.faults.sessions import long_visits


class Log(NamedTuple):
    """What shoppers of a log see and type; found once for all visits that are forged in it."""

    products: list[str]
    texts: list[str]


Visit: TypeAlias = Callable[[Client, str, int, Log], None]
"""Sends one visit of a new visitor about a product, from a moment on."""
_STOCK_CHECKS = ("sold_without_stock", "sold_beyond_stock")

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


@FAULTS.add("a stuck key", "flood", needs="add_to_cart events, by visitors with ten events")
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


VISITS: dict[str, tuple[Visit, tuple[str, ...]]] = {}
"""By name: the visit, and the event types that a log needs to have for it."""


def _visit(name: str, *types: str) -> Callable[[Visit], Visit]:
    """Register a visit that is forged for a few products by very many new visitors each."""

    def register(visit: Visit) -> Visit:
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

        VISITS[name] = visit, types
        needs = f"{', '.join(types)} events of 20 products"
        FAULTS.add(name, "forged_visits", is_certain=False, needs=needs)(apply)
        return visit

    return register


def forge(
    dataset: Dataset, visit: Visit, product: str, *, n_visitors: int, start_us: int, hours: float
) -> None:
    """``n_visitors`` forged visits about a product, at random moments of ``hours``."""
    log = Log(seen_products(dataset), typed_texts(dataset))
    for _ in range(n_visitors):
        client = Client(dataset, "forged_visits")
        visit(client, product, start_us + int(dataset.rng.random() * hours * HOUR_US), log)


@_visit("a click of each of many new visitors", "click", "impression")
def click_alone(client: Client, product: str, at_us: int, log: Log) -> None:
    """One click."""
    client.send("click", at_us, product_id=product)


@_visit("whole visits of new visitors", "search", "impression", "click", "dwell")
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


@_visit("orders of new visitors", "click", "add_to_cart", "purchase", "impression")
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


@_visit("new visitors that also look around", "click", "impression")
def camouflaged(client: Client, product: str, at_us: int, log: Log) -> None:
    """Two other products first, so that the visitor does not seem to care for one alone."""
    dataset = client.dataset
    others = dataset.rng.sample(log.products, 2)
    for one in (*others, product):
        client.send("click", at_us, product_id=one)
        at_us += int(dataset.rng.lognormvariate(2.5, 0.6) * SECOND_US)


@FAULTS.add(
    "one product ordered by the dozen", "scalping", is_certain=False, needs="purchases with a price"
)
def _scalping(dataset: Dataset, n: int) -> None:
    """One product, ordered again every few minutes, each time under another order."""
    bought = dataset.clean("events", "purchase")
    by_id = {p["product_id"]: p for p in dataset.products if dataset.is_clean(p)}
    bought = [r for r in bought if r["product_id"] in by_id and r.get("price_minor")]
    for like in dataset.some(bought, max(1, n // 20)):
        client, at_us = Client(dataset, "scalping"), random_start(dataset, 2)
        what = {"product_id": like["product_id"]}
        client.send("click", at_us, is_fault=False, **what)
        paid = {k: like[k] for k in ("price_minor", "currency")} | {"quantity": 1}
        for _ in range(dataset.rng.randint(14, 24)):
            at_us += dataset.rng.randint(60, 140) * SECOND_US
            row = client.send("purchase", at_us, **what, **paid, order_id=dataset.new_id("order"))
            dataset.excuse(row, "purchase_before_view", "order_line_again")
        dataset.excuse(by_id[like["product_id"]], *_STOCK_CHECKS)


@FAULTS.add(
    "a cart of whole stocks",
    "cart_hoarding",
    is_certain=False,
    needs="add_to_cart events, and sixty products with 3 to 300 pieces in stock",
)
def _hoarding(dataset: Dataset, n: int) -> None:
    """All pieces of very many products, in one cart that is never paid."""
    if not is_possible(dataset, "add_to_cart"):
        return
    seen = {r["product_id"] for r in dataset.events}
    stocks = {
        p["product_id"]: p["stock_units"]
        for p in dataset.products
        if dataset.is_clean(p) and p["product_id"] in seen and 3 <= (p["stock_units"] or 0) <= 300
    }
    visits = long_visits(dataset) if len(stocks) >= 60 else []
    for rows in dataset.some(visits, max(1, n // 20)):
        client, at_us = Client(dataset, "cart_hoarding", rows[0]["visitor_id"]), _noon_after(rows)
        for product in dataset.rng.sample(sorted(stocks), 24):
            at_us += int(dataset.rng.expovariate(1 / 150) + 4) * SECOND_US
            client.send("click", at_us, is_fault=False, product_id=product)
            at_us += int(dataset.rng.expovariate(1 / 20) + 2) * SECOND_US
            client.send("add_to_cart", at_us, product_id=product, quantity=stocks[product])


def _noon_after(rows: list[Row]) -> int:
    return (rows[0]["occurred_at_us"] // DAY_US + 1) * DAY_US + DAY_US // 2


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
