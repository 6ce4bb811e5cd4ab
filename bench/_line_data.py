"""A shop's raw files for ``line.py``: any number of events from a seed, a little dirty, as CSV.

Made of pages: a visitor asks, eight products are seen, some are clicked, few are bought. Fast and
plain on purpose; it shares nothing with the simulator.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

DAY_US = 86_400_000_000
START_US = 1_735_689_600_000_000  # 2025-01-01 UTC
N_DAYS, PAGE = 90, 8
CHUNK_PAGES = 40_000
# what may follow an impression, given what came before: (type, probability, seconds later)
FOLLOWS = (
    ("click", 0.12, 5.0),
    ("dwell", 0.80, 45.0),
    ("add_to_cart", 0.25, 60.0),
    ("purchase", 0.50, 600.0),
)


def make(out: Path, *, n_events: int, seed: int) -> tuple[Path, Path]:
    """Write ``products.csv`` and ``events.csv`` (about ``n_events`` rows); memory does not grow with them."""
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    n_products = max(500, n_events // 250)
    prices = _products(out / "products.csv", rng, n_products)
    n_visitors = max(100, n_events // 40)
    per_page = PAGE * (1 + FOLLOWS[0][1] * (1 + 0.8 + 0.25 * (1 + 0.5))) + 1
    n_pages = round(n_events / per_page)
    popularity = rng.permutation(1 / (10 + np.arange(n_products)) ** 0.8)
    cumulative = np.cumsum(popularity / popularity.sum())
    writer: pacsv.CSVWriter | None = None
    for first in range(0, n_pages, CHUNK_PAGES):
        last = min(first + CHUNK_PAGES, n_pages)
        table = _pages(rng, first, last, n_pages, n_visitors, cumulative, prices)
        writer = writer or pacsv.CSVWriter(out / "events.csv", table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return out / "events.csv", out / "products.csv"


def _products(path: Path, rng: np.random.Generator, n: int) -> np.ndarray:
    category = rng.integers(0, max(5, n // 200), n)
    price = np.exp(rng.normal(7.5, 0.4, n) + rng.normal(0, 0.5, category.max() + 1)[category])
    price = np.maximum(100, price.astype(np.int64))
    number = pa.array(np.arange(n))
    pacsv.write_csv(
        pa.table({
            "product_id": _id("p", number),
            "title": pc.binary_join_element_wise("Thing number", pc.cast(number, pa.string()), " "),
            "brand": _id("Brand", pa.array(rng.integers(0, max(5, n // 50), n))),
            "category": _id("Category", pa.array(category)),
            "price_minor": pa.array(price),
            "currency": pa.repeat("EUR", n),
        }),
        path,
    )  # fmt: skip
    return price


def _pages(
    rng: np.random.Generator,
    first: int,
    last: int,
    n_pages: int,
    n_visitors: int,
    cumulative: np.ndarray,
    prices: np.ndarray,
) -> pa.Table:
    n = last - first
    query = np.arange(first, last)
    # pages come in the order of time, as a log does
    at = START_US + ((query + rng.random(n)) / n_pages * N_DAYS * DAY_US).astype(np.int64)
    visitor = rng.integers(0, n_visitors, n)
    searches = {"query": query, "visitor": visitor, "at": at}
    rows = [("search", {**searches, "product": np.full(n, -1), "position": np.zeros(n, np.int64)})]
    seen = {
        "query": np.repeat(query, PAGE),
        "visitor": np.repeat(visitor, PAGE),
        "at": np.repeat(at, PAGE) + np.tile(np.arange(PAGE) * 50_000, n) + 300_000,
        "product": np.searchsorted(cumulative, rng.random(n * PAGE)).clip(0, len(prices) - 1),
        "position": np.tile(np.arange(1, PAGE + 1), n),
    }
    rows.append(("impression", seen))
    before = {"impression": seen}
    for event_type, probability, seconds in FOLLOWS:
        source = before["click" if event_type in ("dwell", "add_to_cart") else list(before)[-1]]
        hit = rng.random(len(source["query"])) < probability
        took = {name: column[hit] for name, column in source.items()}
        took["at"] = took["at"] + (rng.exponential(seconds, hit.sum()) * 1e6 + 1e6).astype(np.int64)
        before[event_type] = took
        rows.append((event_type, took))
    lengths = [len(part["query"]) for _, part in rows]
    types = np.repeat(np.arange(len(rows), dtype=np.int8), lengths)
    columns = {k: np.concatenate([part[k] for _, part in rows]) for k in rows[0][1]}
    number = first * 64 + np.arange(len(types))
    # dirt: retries with the same id, copies with another, unknown products, odd clocks and values
    order = np.argsort(columns["at"], kind="stable")
    repeated = rng.random(len(order)) < 0.004
    order = np.sort(
        np.concatenate([np.arange(len(order)), np.flatnonzero(repeated)]), kind="stable"
    )
    order = np.argsort(columns["at"], kind="stable")[order]
    types, number = types[order], number[order]
    columns = {k: v[order] for k, v in columns.items()}
    is_second = np.concatenate([[False], number[1:] == number[:-1]])
    number = np.where(is_second & (rng.random(len(number)) < 0.5), number + 10**10, number)
    names = pa.array([name for name, _ in rows])
    event_type = names.take(pa.array(types))
    kind = np.array([name for name, _ in rows])[types]
    has_product = columns["product"] >= 0
    unknown = rng.random(len(number)) < 0.002
    product = np.where(unknown, columns["product"] + 10**7, columns["product"])
    price = prices[np.maximum(columns["product"], 0)]
    price = np.where(rng.random(len(number)) < 0.002, price * 100, price)
    bought = np.isin(kind, ("purchase", "add_to_cart"))
    late = (rng.random(len(number)) < 0.001) & ~is_second & np.concatenate([~is_second[1:], [True]])
    occurred = columns["at"] + np.where(late, 3 * DAY_US, 0)
    dwell = rng.lognormal(9.5, 1.0, len(number)).astype(np.int64)
    dwell = np.where(rng.random(len(number)) < 0.002, -dwell, dwell)
    dwell[is_second] = dwell[np.flatnonzero(is_second) - 1]
    price[is_second] = price[np.flatnonzero(is_second) - 1]
    product[is_second] = product[np.flatnonzero(is_second) - 1]
    position = columns["position"]
    return pa.table({
        "event_id": _id("e", pa.array(number)),
        "event_type": event_type,
        "visitor_id": _id("v", pa.array(columns["visitor"])),
        "occurred_at": pa.array(occurred, pa.timestamp("us", "UTC")),
        "received_at": pa.array(columns["at"] + 400_000, pa.timestamp("us", "UTC")),
        "session_id": _id("s", pa.array(columns["query"])),
        "query_id": _id("q", pa.array(columns["query"])),
        "query_text": _id("word", pa.array(columns["query"] % 5_000)),
        "product_id": _id("p", pa.array(product, mask=~has_product)),
        "order_id": _id("o", pa.array(columns["query"], mask=kind != "purchase")),
        "surface": pa.repeat("search", len(number)),
        "position": pa.array(position, mask=position < 1),
        "price_minor": pa.array(price, mask=~bought),
        "currency": pa.repeat("EUR", len(number)),
        "quantity": pa.array(np.ones(len(number), np.int64), mask=~bought),
        "dwell_ms": pa.array(dwell, mask=kind != "dwell"),
        "platform": pa.repeat("web", len(number)),
    })  # fmt: skip


def _id(prefix: str, numbers: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pc.cast(numbers, pa.string()), "")
