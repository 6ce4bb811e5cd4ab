"""A shop of 96 products and 400 events, small enough to build in seconds.

Servers get it without Chinese, whose encoder takes each process a second to load.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pyarrow as pa

from baihuo import bundle, index
from baihuo.catalog import Catalog
from baihuo.core import Event, EventType, Product, ShopPaths
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.encode import Encoders, VectorCache
from baihuo.engine import DuckTables
from baihuo.features import default_features, snapshot, state_folder

NOW_US = time.time_ns() // 1_000
DAY_US = 86_400_000_000
TEAM_KEY = "a key of these tests"
WITH_KEY = {"Authorization": f"Bearer {TEAM_KEY}"}  # headers of who may write products
_KINDS = [
    ("phone", "手机", ("Electronics", "Phones"), "long battery and bright screen"),
    ("kettle", "电水壶", ("Home", "Kitchen"), "boils a litre of water fast"),
    ("backpack", "双肩包", ("Travel", "Bags"), "carries a laptop in the rain"),
    ("lamp", "台灯", ("Home", "Light"), "warm light for a desk"),
]
_BRANDS = ["Norda", "Kumo", "Vetra"]
_COLOURS = ["Red", "Blue", "Black", "Green"]


def products(*, has_chinese: bool = False) -> list[Product]:
    made = []
    for i in range(96):
        name, chinese, category, text = _KINDS[i % 4]
        brand, colour = _BRANDS[i % 3], _COLOURS[(i // 4) % 4]
        made.append(
            Product(
                product_id=f"p{i}",
                title_en=f"{brand} {name} {colour} M{i}",
                title_zh=f"{brand} {chinese} {i}号" if has_chinese else None,
                description_en=f"A {name} that {text}.",
                brand=brand,
                category=category,
                price_minor=1000 + 137 * i,
                currency="EUR",
                stock_units=5,
                attributes={"Colour": colour},
                released_at_us=NOW_US - (100 - i) * DAY_US,
            )
        )
    return made


def events() -> list[Event]:
    made = []
    for i in range(400):
        product = f"p{(i * i) % 48}"
        made.append(
            Event(
                event_id=f"old-{i}",
                event_type=EventType.PURCHASE if i % 5 == 0 else EventType.CLICK,
                visitor_id=f"old-visitor-{i % 23}",
                occurred_at_us=NOW_US - DAY_US + i * 1_000_000,
                received_at_us=NOW_US - DAY_US + i * 1_000_000,
                product_id=product,
                price_minor=1000,
                currency="EUR",
                quantity=1,
            )
        )
    return made


def imported(events: list[Event]) -> pa.Table:
    """As an import leaves them: rows of import 0 are the live log's own."""
    table = events_to_table(events)
    ones = pa.array([1] * len(events), pa.int32())
    return table.set_column(table.schema.get_field_index("import_id"), "import_id", ones)


def build(shop: Path, encoders: Path, *, has_chinese: bool = False) -> None:
    """Through the public interfaces of the rooms, as ``flow`` does it."""
    tables, made = DuckTables(threads=2), products(has_chinese=has_chinese)
    catalog = Catalog(ShopPaths(shop).catalog)
    catalog.upsert(made, is_import=True)
    catalog.close()
    generation = index.build(
        made,
        encoders=Encoders.open(encoders),
        cache=VectorCache(ShopPaths(shop).vectors),
        out=ShopPaths(shop).index,
    )
    features = default_features()
    snapshot(
        tables,
        features,
        events=imported(events()),
        products=products_to_table(made),
        at_us=NOW_US,
        out=state_folder(ShopPaths(shop).features, features),
    )
    for name in ("first", "second"):
        bundle_id = bundle.write(
            ShopPaths(shop).bundles,
            {"encoders": encoders, "features.json": features.to_json(), "name.json": [name]},
        )
        (shop / f"{name}.bundle").write_text(bundle_id)
    ShopPaths(shop).team_key_file.write_text(TEAM_KEY)
    first = (shop / "first.bundle").read_text()
    bundle.set_live(ShopPaths(shop).bundles, first, generation.name)


def copied(built: Path, to: Path) -> Path:
    """A shop of a test's own. Large files that never change are linked."""

    def copy(source: str, target: str) -> str:
        if "5-bundles" in source and not source.endswith("live.json"):
            os.link(source, target)
            return target
        return shutil.copy2(source, target)

    return Path(shutil.copytree(built, to / "shop", copy_function=copy))
