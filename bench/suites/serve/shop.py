"""The shop that the server is measured on, and its queries."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from baihuo import bundle, connect, index, privacy
from baihuo.catalog import Catalog
from baihuo.core import Product, ShopPaths
from baihuo.core.progress import Progress, no_progress
from baihuo.core.tables import EVENTS, products_to_table, table_to_products
from baihuo.encode import Encoders, VectorCache, export_encoders
from baihuo.engine import DuckTables
from baihuo.features import default_features, snapshot, state_folder

_WORD = re.compile(r"[^\s,;:()/|\"]+")


def build_shop(data: Path, shop: Path, *, progress: Progress = no_progress) -> None:
    """A shop of the files in ``data`` with no history: relevance orders it, every stage runs."""
    tables, paths = DuckTables(threads=2), ShopPaths(shop)
    connect.import_files(
        connect.data_files([data]),
        raw=paths.raw,
        tables=tables,
        mask=privacy.column_mask(bytes(32)),
        options=connect.Options(kind="products", format="icecat"),
        progress=progress,
    )
    rows = tables.sql("SELECT * FROM products", products=connect.segments(paths.raw, "products"))
    build_shop_of(table_to_products(rows), shop, progress=progress)


def build_shop_of(
    products: Sequence[Product], shop: Path, *, progress: Progress = no_progress
) -> None:
    """A live shop of these products with no history."""
    tables, paths = DuckTables(threads=2), ShopPaths(shop)
    catalog = Catalog(paths.catalog)
    catalog.upsert(products, is_import=True)
    catalog.close()
    folder = export_encoders(paths.train / "encoders", progress=progress)
    generation = index.build(
        products,
        encoders=Encoders.open(folder, n_threads=2),
        cache=VectorCache(paths.train / "vectors.sqlite"),
        out=paths.index,
        progress=progress,
    )
    features = default_features()
    no_events = pa.Table.from_pylist([], schema=EVENTS)
    snapshot(
        tables,
        features,
        events=no_events,
        products=products_to_table(products),
        at_us=1,
        out=state_folder(paths.features, features),
        progress=progress,
    )
    bundle_id = bundle.write(
        paths.bundles, {"encoders": folder, "features.json": features.to_json()}
    )
    bundle.set_live(paths.bundles, bundle_id, generation.name)


def distinct_queries(shop: Path, *, seed: int) -> Iterator[str]:
    """Two to four words that stand together in a title, or a brand and a category; never twice."""
    catalog, dice, used = Catalog(ShopPaths(shop).catalog), random.Random(seed), set[str]()
    products = list(catalog.products())
    catalog.close()
    while True:
        product = dice.choice(products)
        words = _WORD.findall(product.title)
        n = dice.randint(2, 4)
        start = dice.randrange(max(1, len(words) - n + 1))
        query = " ".join(words[start : start + n])
        if dice.random() < 0.2 and product.brand and product.category:
            query = f"{product.brand} {product.category[-1]} {dice.choice(words or [''])}"
        query = query.lower().strip()
        if query and query not in used:
            used.add(query)
            yield query
