"""Orders by the dozen, carts of whole stocks, and searches at each key."""

from __future__ import annotations

from baihuo.faults.dataset import Dataset, Row
from baihuo.faults.fault import Fault
from baihuo.faults.sessions.visits import long_visits
from baihuo.faults.traffic.client import Client, is_possible, random_start, typed_texts

_SECOND_US, _DAY_US = 1_000_000, 86_400_000_000
_STOCK_CHECKS = ("sold_without_stock", "sold_beyond_stock")


def _scalping(dataset: Dataset, n: int) -> None:
    """One product, ordered again every few minutes, each time under another order."""
    bought = [r for r in dataset.events if r["event_type"] == "purchase" and dataset.is_clean(r)]
    by_id = {p["product_id"]: p for p in dataset.products if dataset.is_clean(p)}
    bought = [r for r in bought if r["product_id"] in by_id and r.get("price_minor")]
    for like in dataset.rng.sample(bought, min(max(1, n // 20), len(bought))):
        client, at_us = Client(dataset, "scalping"), random_start(dataset, 2)
        what = {"product_id": like["product_id"]}
        client.send("click", at_us, is_fault=False, **what)
        paid = {k: like[k] for k in ("price_minor", "currency")} | {"quantity": 1}
        for _ in range(dataset.rng.randint(14, 24)):
            at_us += dataset.rng.randint(60, 140) * _SECOND_US
            row = client.send("purchase", at_us, **what, **paid, order_id=dataset.new_id("order"))
            dataset.excuse("events", row, "purchase_before_view", "order_line_again")
        dataset.excuse("products", by_id[like["product_id"]], *_STOCK_CHECKS)


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
    for rows in dataset.rng.sample(visits, min(max(1, n // 20), len(visits))):
        client, at_us = Client(dataset, "cart_hoarding", rows[0]["visitor_id"]), _noon_after(rows)
        for product in dataset.rng.sample(sorted(stocks), 24):
            at_us += int(dataset.rng.expovariate(1 / 150) + 4) * _SECOND_US
            client.send("click", at_us, is_fault=False, product_id=product)
            at_us += int(dataset.rng.expovariate(1 / 20) + 2) * _SECOND_US
            client.send("add_to_cart", at_us, product_id=product, quantity=stocks[product])


def _noon_after(rows: list[Row]) -> int:
    return (rows[0]["occurred_at_us"] // _DAY_US + 1) * _DAY_US + _DAY_US // 2


def _typing(dataset: Dataset, n: int) -> None:
    """A page that searches at each key."""
    if not is_possible(dataset, "search"):
        return
    texts = [t for t in typed_texts(dataset) if len(t) >= 6 and t == t.strip()]
    for text in dataset.rng.sample(texts, min(max(1, n // 5), len(texts))):
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
            dataset.excuse("events", row, "text_of_nobody", "unreadable_characters")
            at_us += dataset.rng.randint(120_000, 320_000)


FAULTS: tuple[Fault, ...] = (
    Fault(
        "one product ordered by the dozen",
        ("scalping",),
        False,
        _scalping,
        needs="purchases with a price",
    ),
    Fault(
        "a cart of whole stocks",
        ("cart_hoarding",),
        False,
        _hoarding,
        needs="add_to_cart events, and sixty products with 3 to 300 pieces in stock",
    ),
    Fault(
        "a search at each key",
        ("half_typed_search",),
        False,
        _typing,
        needs="searches of six characters",
    ),
)
