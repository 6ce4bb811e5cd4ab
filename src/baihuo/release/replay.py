"""Measure training-serving skew by replay: past pages go through the serving path again, and its features are compared with those of
training. Works without served pages, so also for a first release; ``monitor.skew`` compares logged features later.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from baihuo.engine import Source, Tables
from baihuo.features import FeatureSet
from baihuo.release.past_states import states_at


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
