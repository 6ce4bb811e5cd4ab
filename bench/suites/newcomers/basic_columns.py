"""Basic information of visitors as columns of the rows that click models learn from, as it was known when each page was made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from baihuo.core import BASICS_FIELDS, ShopPaths, VisitorBasics, basics_of, table_to_products
from baihuo.engine import DuckTables
from baihuo.models import NewcomerOrder
from baihuo.models.newcomer_order import is_declared
from baihuo.train import train_newcomers
from suites.position.shops import LoggedShop

COLUMNS = ("interest_match", "segment_lift", "is_web", "is_chinese")
Known = list[tuple[int, VisitorBasics]]  # from when on, oldest first


def basic_columns(shop: LoggedShop, folder: Path) -> NDArray[np.float32]:
    """``[rows, COLUMNS]``; NaN: not known.

    ``interest_match``: 1 in a category that the visitor declared, 0 in another; NaN where none is declared. ``segment_lift``: what platform, device,
    language, country, region, referrer and hour say of the product's top category, learned on the pages that train.
    """
    paths, examples = ShopPaths(folder), shop.examples
    at_us = examples.column("at_us").to_numpy()
    tables = DuckTables(threads=1)
    until_us = int(at_us[shop.part == 1].min())
    listed = pq.read_table(paths.clean_products)
    category_of = {p.product_id: p.category for p in table_to_products(listed)}
    events = pq.read_table(paths.clean_events)
    order = _order(tables, events, listed, until_us)
    known = _known(events)
    found = np.full((len(at_us), len(COLUMNS)), np.nan, np.float32)
    page: tuple[str, int] = ("", -1)
    basics = VisitorBasics()
    rows = zip(
        *(examples.column(n).to_pylist() for n in ("visitor_id", "at_us", "product_id")),
        strict=True,
    )
    for i, (visitor, now_us, product_id) in enumerate(rows):
        if (visitor, now_us) != page:
            page, basics = (visitor, now_us), _as_of(known.get(visitor, []), now_us)
        category = category_of.get(product_id, ())
        if basics.interests:
            found[i, 0] = is_declared(category, basics.interests)
        if order is not None:
            found[i, 1] = order.category_scores([category], basics, now_us)[0]
        if basics.platform:
            found[i, 2] = basics.platform == "web"
        if basics.language:
            found[i, 3] = basics.language == "zh"
    return found


def _order(
    tables: DuckTables, events: pa.Table, products: pa.Table, until_us: int
) -> NewcomerOrder | None:
    """Segments as they are learned, trusted whatever the folds said."""
    older = events.filter(pa.compute.less(events.column("received_at_us"), until_us))
    order = train_newcomers(tables, events=older, products=products, seed=1).order
    return None if order is None else replace(order, segment_weight=1.0, declared_weight=0.0)


def _known(events: pa.Table) -> dict[str, Known]:
    """What each visitor's events had said, from event to event."""
    table = events.select(["visitor_id", "received_at_us", *BASICS_FIELDS]).sort_by(
        "received_at_us"
    )
    known: dict[str, Known] = {}
    for row in table.to_pylist():
        declared = basics_of(row)
        before = known.setdefault(row["visitor_id"], [])
        newest = declared.over(before[-1][1]) if before else declared
        if not before or newest != before[-1][1]:
            before.append((row["received_at_us"], newest))
    return known


def _as_of(known: Known, now_us: int) -> VisitorBasics:
    found = VisitorBasics()
    for since_us, basics in known:
        if since_us > now_us:
            break
        found = basics
    return found
