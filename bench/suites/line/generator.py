"""The raw files of a shop for ``bench/line.py``: any number of events from a seed, dirty at a fixed rate, as CSV.

Made of pages: a visitor searches, eight products are seen, some are clicked, few are bought. Then
``faults.py`` injects a little of what every check of events looks for. Fast and plain on
purpose; it shares nothing with the simulator.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from suites.line.csv_table import csv_table, numbered
from suites.line.faults import with_faults
from suites.line.rows import (
    AD_CLICK,
    AD_SEEN,
    CANCEL,
    CART,
    CLICK,
    DAY,
    DWELL,
    IMPRESSION,
    N_DAYS,
    NONE,
    PAGE,
    PURCHASE,
    REVIEW,
    SEARCH,
    START_US,
    Column,
    Rows,
    joined,
    row_of,
)

CHUNK_PAGES = 40_000
# what may follow: (type, after which, probability, seconds later)
FOLLOWS = (
    (CLICK, IMPRESSION, 0.12, 5.0),
    (DWELL, CLICK, 0.80, 45.0),
    (CART, CLICK, 0.25, 60.0),
    (PURCHASE, CART, 0.50, 600.0),
    (REVIEW, PURCHASE, 0.10, 5 * 86_400.0),
    (CANCEL, PURCHASE, 0.03, 3 * 86_400.0),
    (AD_SEEN, SEARCH, 0.20, 1.0),
    (AD_CLICK, AD_SEEN, 0.03, 10.0),
)


def make(out: Path, *, n_events: int, seed: int) -> tuple[Path, Path]:
    """Write ``products.csv`` and ``events.csv`` (about ``n_events`` rows); memory does not grow with them."""
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    n_products = max(500, n_events // 250)
    prices = _products(out / "products.csv", rng, n_products)
    n_visitors = max(100, n_events // 40)
    n_pages = round(n_events / 11.4)
    popularity = rng.permutation(1 / (10 + np.arange(n_products)) ** 0.8)
    cumulative = np.cumsum(popularity / popularity.sum())
    writer: pacsv.CSVWriter | None = None
    for first in range(0, n_pages, CHUNK_PAGES):
        pages = np.arange(first, min(first + CHUNK_PAGES, n_pages))
        rows = with_faults(
            _pages(rng, pages, n_pages, n_visitors, cumulative, prices), rng, prices, n_visitors
        )
        rows = {k: v[np.argsort(rows["received"], kind="stable")] for k, v in rows.items()}
        table = csv_table(rows)
        writer = writer or pacsv.CSVWriter(out / "events.csv", table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return out / "events.csv", out / "products.csv"


def _products(path: Path, rng: np.random.Generator, n: int) -> Column:
    """The catalogue: one line in 500 stands twice, one price in 1,000 is below zero."""
    category = rng.integers(0, max(5, n // 200), n)
    price = np.exp(rng.normal(7.5, 0.4, n) + rng.normal(0, 0.5, category.max() + 1)[category])
    price_minor: Column = np.maximum(100, price.astype(np.int64))
    brand = rng.integers(0, max(5, n // 50), n)
    order = np.sort(np.concatenate([np.arange(n), np.flatnonzero(rng.random(n) < 0.002)]))
    is_wrong = rng.random(n) < 0.001
    number = pa.array(order)
    pacsv.write_csv(
        pa.table(
            {
                "product_id": numbered("p", number),
                "title": numbered("Thing number ", number),
                "brand": numbered("Brand", pa.array(brand[order])),
                "category": numbered("Category", pa.array(category[order])),
                "price_minor": pa.array(np.where(is_wrong, -price_minor, price_minor)[order]),
                "currency": pa.repeat("EUR", len(order)),
            }
        ),
        path,
    )
    return price_minor


def _pages(
    rng: np.random.Generator,
    query: Column,
    n_pages: int,
    n_visitors: int,
    cumulative: Column,
    prices: Column,
) -> Rows:
    """Pages in the order of time, as a log has them, and all that followed from them."""
    n = len(query)
    occurred = START_US + ((query + rng.random(n)) / n_pages * N_DAYS * DAY).astype(np.int64)
    visitor = rng.integers(0, n_visitors, n)
    searches = row_of(
        kind=np.full(n, SEARCH),
        query=query,
        session=query,
        visitor=visitor,
        occurred=occurred,
        word=query % 5_000,
    )
    shown = {k: np.repeat(v, PAGE) for k, v in searches.items()}
    shown["kind"] = np.full(n * PAGE, IMPRESSION)
    shown["occurred"] = shown["occurred"] + np.tile(np.arange(PAGE) * 50_000, n) + 300_000
    shown["product"] = _distinct(_drawn(rng, n * PAGE, cumulative), rng, len(prices))
    shown["position"] = np.tile(np.arange(1, PAGE + 1), n)
    of = {SEARCH: searches, IMPRESSION: shown}
    for kind, after, probability, seconds in FOLLOWS:
        hit = rng.random(len(of[after]["kind"])) < probability
        of[kind] = rows = {k: v[hit] for k, v in of[after].items()}
        m = len(rows["kind"])
        rows["kind"] = np.full(m, kind)
        rows["occurred"] = rows["occurred"] + (rng.exponential(seconds, m) * 1e6 + 1e6).astype(
            np.int64
        )
        if kind in (CART, PURCHASE):
            rows["price"], rows["quantity"] = prices[rows["product"]], np.ones(m, np.int64)
        if kind == DWELL:
            rows["dwell"] = rng.lognormal(9.5, 1.0, m).astype(np.int64).clip(1, 40_000_000)
        if kind == PURCHASE:
            rows["order"] = rows["query"]
        if kind == REVIEW:
            rows["rating"] = rng.integers(3, 6, m)
        if kind in (REVIEW, CANCEL):  # days later: no part of the visit
            rows["query"] = rows["session"] = rows["position"] = rows["word"] = np.full(m, NONE)
            rows["price"] = np.full(m, NONE)
        if kind == AD_SEEN:
            rows["product"] = _drawn(rng, m, cumulative)
            rows["query"] = rows["word"] = np.full(m, NONE)
    rows = joined(list(of.values()))
    rows["received"] = rows["occurred"] + 400_000
    rows["number"] = query[0] * 64 + np.arange(len(rows["kind"]))
    return rows


def _drawn(rng: np.random.Generator, n: int, cumulative: Column) -> Column:
    return np.searchsorted(cumulative, rng.random(n)).clip(0, len(cumulative) - 1)


def _distinct(product: Column, rng: np.random.Generator, n_products: int) -> Column:
    """No page shows a product twice: repeats give way to others, drawn until none is left."""
    pages = product.reshape(-1, PAGE)
    while True:
        order = np.argsort(pages, axis=1, kind="stable")
        ordered = np.take_along_axis(pages, order, axis=1)
        page, nth = np.nonzero(ordered[:, 1:] == ordered[:, :-1])
        if len(page) == 0:
            return pages.ravel()
        pages[page, order[page, nth + 1]] = rng.integers(0, n_products, len(page))
