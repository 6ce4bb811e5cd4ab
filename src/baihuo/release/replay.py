"""Measure training-serving skew by replay: past pages go through the serving path again, and its features are compared with those of
training. Works without served pages, so also for a first release; ``monitor.skew`` compares logged features later.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from baihuo.bundle import Bundle
from baihuo.core import table_to_events, table_to_products
from baihuo.engine import Source, Tables
from baihuo.features import FeatureSet, FeatureState, snapshot

# Logged pages to test a bundle on: those that neither trained nor selected its models.


MOST_PAGES = 1_000
"""Newest pages for each surface: replaying one takes some ten milliseconds of CPU."""


def tested_from(bundle: Bundle) -> int:
    """Return the start of the test pages of its click models, microseconds UTC; 0 without click models."""
    report = bundle.json("report.json")
    return int(report["clicks"]["split"]["test_from_us"]) if "clicks" in report else 0


def read_pages(examples: Path, columns: Sequence[str], *, since_us: int) -> list[dict[str, Any]]:
    """Rows of the pages shown at ``since_us`` or later, oldest first.

    A fixed number of newest pages would include training pages in a small shop.

    Args:
        examples: The pages, from :func:`baihuo.train.click_data`.
        columns: Columns to read, with ``at_us``.
    """
    table = pq.read_table(examples, columns=list(columns))
    return table.filter(pc.greater_equal(table["at_us"], since_us)).to_pylist()


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Two values are equal up to ``absolute + relative × value``."""

    relative: float = 1e-3
    absolute: float = 1e-3


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """The result of a replay."""

    n_values: int
    n_different: int
    by_feature: dict[str, int]  # different values; only features with some

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
    max_pages: int = 300,
    tolerance: Tolerance | None = None,
) -> ReplayResult:
    """Load a snapshot from before the newest pages, apply events one by one, and compare each page.

    Args:
        events, products: The clean data, as training read it.
        examples: The pages, from :func:`baihuo.train.click_data`.
        matrix: Their features as SQL computed them.
        max_pages: Replay so many pages, newest first.
        tolerance: Smaller differences do not count; None: the defaults.
    """
    tolerance = tolerance or Tolerance()
    rows = pq.read_table(
        examples, columns=["query_id", "visitor_id", "product_id", "query_text", "at_us"]
    ).to_pylist()
    pages: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        pages.setdefault(row["query_id"], []).append(i)
    newest = list(pages.values())[-max_pages:]
    if not newest:
        return ReplayResult(0, 0, {})
    trained_table = pq.read_table(matrix, columns=list(features.names))
    expected = np.stack([trained_table.column(n).to_numpy() for n in features.names], axis=1)
    different = np.zeros(len(features.names), dtype=np.int64)
    n_values = 0
    moments_us = [int(rows[page[0]]["at_us"]) for page in newest]
    states = states_at(tables, features, moments_us, events=events, products=products)
    for page, state in zip(newest, states, strict=True):
        first = rows[page[0]]
        served = state.matrix(
            first["visitor_id"],
            state.rows_of([rows[i]["product_id"] for i in page]),
            query_text=first["query_text"] or "",
            at_us=first["at_us"],
        )
        trained = expected[page]
        slack = tolerance.absolute + tolerance.relative * np.abs(trained)
        is_different = np.abs(served - trained) > slack
        different += is_different.sum(axis=0)
        n_values += is_different.size
    by_feature = {n: int(d) for n, d in zip(features.names, different, strict=True) if d}
    return ReplayResult(n_values, int(different.sum()), by_feature)


# Replay events to the feature states that serving had at given moments.


def states_at(
    tables: Tables,
    features: FeatureSet,
    moments_us: Sequence[int],
    *,
    events: Source,
    products: Source,
) -> Iterator[FeatureState]:
    """Yield serving's state just before each moment: a snapshot, then every event received since. It is one object, updated in place: use
    it before taking the next.

    Args:
        moments_us: Ascending, microseconds UTC on our clock.
        events, products: The clean data.
    """
    if not moments_us:
        return
    start_us, stop_us = moments_us[0], moments_us[-1]
    with tempfile.TemporaryDirectory(prefix="baihuo-replay-") as folder:
        path = Path(folder) / "state"
        snapshot(tables, features, events=events, products=products, at_us=start_us, out=path)
        state = FeatureState.load(path, features)
    # As a server does: products without events have a brand and a category too.
    state.add_products(table_to_products(tables.sql("SELECT * FROM p", p=products)))
    received = tables.sql(
        f"SELECT * FROM e WHERE received_at_us >= {start_us} AND received_at_us < {stop_us} "
        "ORDER BY received_at_us, event_id",
        e=events,
    )
    pending = iter(table_to_events(received))
    event = next(pending, None)
    for at_us in moments_us:
        while event is not None and event.received_at_us < at_us:
            state.apply(event)
            event = next(pending, None)
        yield state
