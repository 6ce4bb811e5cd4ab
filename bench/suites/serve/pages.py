"""The pages that a shop is asked for: searches, home pages and similar products, by visitors who have a history."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import duckdb

from baihuo.catalog import Catalog
from baihuo.core import ShopPaths
from suites.serve.shop import distinct_queries

SURFACES = ("search", "home", "similar")
_VISITORS = 500


def visitors(shop: Path, *, seed: int) -> list[str]:
    """Some who clicked, at random; made up where the shop has no history."""
    files = [str(f) for f in sorted((ShopPaths(shop).clean / "events").glob("*.parquet"))]
    if not files:
        return [f"v{i}" for i in range(_VISITORS)]  # nobody was ever there
    rows = duckdb.execute(
        "SELECT DISTINCT visitor_id FROM read_parquet($1) WHERE event_type = 'click' ORDER BY 1",
        [files],
    ).fetchall()
    found = [str(row[0]) for row in rows]
    random.Random(seed).shuffle(found)
    return found[:_VISITORS]


def paths(shop: Path, surface: str, known: list[str], *, seed: int) -> Iterator[str]:
    """Requests of one surface without end; searches are never repeated."""
    who = cycle(known)
    if surface == "search":
        for query in distinct_queries(shop, seed=seed):
            yield f"/v1/search?q={quote(query)}&visitor_id={next(who)}"
    if surface == "home":
        for visitor in who:
            yield f"/v1/recommend/home?visitor_id={visitor}"
    catalog, dice = Catalog(ShopPaths(shop).catalog), random.Random(seed)
    products = [product.product_id for product in catalog.products()]
    catalog.close()
    while True:
        product = quote(dice.choice(products), safe="")
        yield f"/v1/recommend/similar?product_id={product}&visitor_id={next(who)}"
