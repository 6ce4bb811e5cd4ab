"""Past pages asked again of the serving path: does it see the numbers that training saw?

This needs no served page, so a first release can be checked too; once pages are served,
``monitor.skew`` compares what was really logged.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from baihuo.core import Event
from baihuo.core.tables import table_to_events, table_to_products
from baihuo.engine import Source, Tables
from baihuo.features import FeatureSet, FeatureState, snapshot


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay compared."""

    n_values: int
    n_different: int
    by_feature: dict[str, int]  # different values, features without any left out

    @property
    def share_different(self) -> float:
        """0 to 1; 0 where nothing was compared."""
        return self.n_different / max(self.n_values, 1)


def replay(
    tables: Tables,
    features: FeatureSet,
    *,
    events: Source,
    products: Source,
    examples: Path,
    matrix: Path,
    most_pages: int = 300,
    relative: float = 1e-3,
    absolute: float = 1e-3,
) -> Replayed:
    """Load a snapshot from before the newest pages, apply events one by one, and compare each page.

    Args:
        events, products: Clean ones, as training read them.
        examples: What :func:`baihuo.train.click_data` left: the pages.
        matrix: Their features through SQL.
        most_pages: The newest so many pages are asked again.
        relative, absolute: A difference is one past ``absolute + relative × value``.
    """
    rows = pq.read_table(
        examples, columns=["query_id", "visitor_id", "product_id", "query_text", "at_us"]
    ).to_pylist()
    pages: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        pages.setdefault(row["query_id"], []).append(i)
    newest = list(pages.values())[-most_pages:]
    if not newest:
        return Replayed(0, 0, {})
    start_us = int(rows[newest[0][0]]["at_us"])
    wanted = pq.read_table(matrix, columns=list(features.names))
    expected = np.stack([wanted.column(n).to_numpy() for n in features.names], axis=1)
    with tempfile.TemporaryDirectory(prefix="baihuo-replay-") as folder:
        path = Path(folder) / "state"
        snapshot(tables, features, events=events, products=products, at_us=start_us, out=path)
        state = FeatureState.load(path, features)
    # As a server does: a product that nobody had touched yet has a brand and a category too.
    state.add_products(table_to_products(tables.sql("SELECT * FROM p", p=products)))
    coming = _events_from(tables, events, start_us, int(rows[newest[-1][0]]["at_us"]))
    event = next(coming, None)
    different = np.zeros(len(features.names), dtype=np.int64)
    n_values = 0
    for page in newest:
        first = rows[page[0]]
        while event is not None and event.received_at_us < first["at_us"]:
            state.apply(event)
            event = next(coming, None)
        served = state.matrix(
            first["visitor_id"],
            state.rows_of([rows[i]["product_id"] for i in page]),
            query_text=first["query_text"] or "",
            at_us=first["at_us"],
        )
        trained = expected[page]
        off = np.abs(served - trained) > absolute + relative * np.abs(trained)
        different += off.sum(axis=0)
        n_values += off.size
    by_feature = {n: int(d) for n, d in zip(features.names, different, strict=True) if d}
    return Replayed(n_values, int(different.sum()), by_feature)


def _events_from(tables: Tables, events: Source, start_us: int, stop_us: int) -> Iterator[Event]:
    table = tables.sql(
        f"SELECT * FROM events WHERE received_at_us >= {start_us} AND received_at_us < {stop_us} "
        "ORDER BY received_at_us, event_id",
        events=events,
    )
    yield from table_to_events(table)
