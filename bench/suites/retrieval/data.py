"""Sequences, texts and a test, from the Amazon files or from a sample shop."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from baihuo.core import BadInput, ShopPaths
from baihuo.engine import DuckTables
from baihuo.models import Sequences
from suites.next_item.data import Items, asked, joined, parted, read_items, read_windows
from suites.retrieval.batches import Steps, steps_of
from suites.shared.shop import simulated_shop

_STEPS = """
    select visitor_id, list(product_id order by received_at_us, event_id) as products
    from (select * from read_parquet('{events}/**/*.parquet', union_by_name = true)
        where event_type in ('click', 'add_to_cart', 'purchase')
        qualify product_id is distinct from lag(product_id) over (
            partition by visitor_id order by received_at_us, event_id))
    group by visitor_id order by visitor_id
"""


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """What to learn from, and what to find."""

    items: Items
    known: Sequences
    test: Steps
    visitor: NDArray[np.int64]  # [test]


def amazon(prefix: Path, *, seed: int) -> Data:
    """``PREFIX.item.json.gz`` and ``PREFIX_valid.csv.gz``; a fifth of the visitors is the test.

    Raises:
        BadInput: a file is not there.
    """
    catalogue = prefix.with_name(prefix.name + ".item.json.gz")
    windows = prefix.with_name(prefix.name + "_valid.csv.gz")
    for file in (catalogue, windows):
        if not file.exists():
            raise BadInput(f"{file} is not there", fix="name what both files begin with")
    items = read_items(catalogue)
    n = len(items.titles)
    train, test = parted(read_windows(windows, n_items=n), share=0.2, seed=seed)
    histories, came, visitors = asked(test, n_items=n)
    return Data(
        items,
        joined(train, n_items=n),
        Steps(histories, came),
        np.unique(visitors, return_inverse=True)[1],
    )


def simulated(*, seed: int, n_products: int, n_events: int) -> Data:
    """What visitors of a sample shop turned to; a fifth of them is the test. Products are numbered in a drawn order."""
    rng = np.random.default_rng([seed, 23])
    with tempfile.TemporaryDirectory(prefix="retrieval-") as folder:
        paths = ShopPaths(Path(folder))
        simulated_shop(
            paths, seed=seed, n_products=n_products, n_events=n_events, tables=DuckTables(threads=1)
        )
        products = duckdb.execute(
            "select product_id, coalesce(title_en, title_zh), coalesce(brand, '') "
            f"from '{paths.clean}/products.parquet' order by product_id"
        ).fetchall()
        visits = duckdb.execute(_STEPS.format(events=paths.clean / "events")).fetchall()
    products = [products[i] for i in rng.permutation(len(products)).tolist()]
    number = {product_id: i for i, (product_id, _, _) in enumerate(products)}
    sequences = [[number[p] for p in found if p in number] for _, found in visits]
    kept = [s for s in sequences if len(s) > 1]
    order = rng.permutation(len(kept))
    cut = len(kept) // 5
    tested = Sequences.of([kept[i] for i in order[:cut].tolist()], n_items=len(products))
    known = Sequences.of([kept[i] for i in order[cut:].tolist()], n_items=len(products))
    _, _, visitor = tested.steps()
    items = Items([title for _, title, _ in products], [brand.casefold() for *_, brand in products])
    return Data(items, known, steps_of(tested), visitor)


def drawn(data: Data, at_most: int, *, seed: int) -> Data:
    """The same with at most so many rows of the test."""
    rows = np.sort(np.random.default_rng([seed, 29]).permutation(len(data.test.came))[:at_most])
    test = Steps(data.test.histories.take(rows), data.test.came[rows])
    return Data(data.items, data.known, test, data.visitor[rows])
