"""Where a number's bins end: quantiles of some of the rows, so that each bin has about as many."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baihuo.train.tables.columns import Number

_LOOKED_AT = 262_144  # rows: quantiles of more are the same
_BLOCK = 4096  # neighbouring rows that are read at once


def bin_edges(file: Path, numbers: Sequence[Number], n_rows: int) -> list[tuple[float, ...]]:
    """For each number the edges between its bins, none where it has no bins.

    Args:
        file: ``[rows, numbers]`` float32, on the scale of each, NaN: missing.
    """
    if not any(n.bins for n in numbers):
        return [()] * len(numbers)
    values = _some_rows(np.memmap(file, dtype=np.float32, mode="r", shape=(n_rows, len(numbers))))
    return [quantile_edges(values[:, at], n.bins) for at, n in enumerate(numbers)]


def quantile_edges(values: NDArray[np.float32], n_bins: int) -> tuple[float, ...]:
    """At most ``n_bins`` - 1 edges; a value stands in the bin that ends with the first edge not below it.

    >>> quantile_edges(np.array([0, 0, 0, 0, 1, 2, 3, np.nan], dtype=np.float32), 4)
    (0.0, 1.0)
    >>> quantile_edges(np.array([5, 5, 5], dtype=np.float32), 4)
    ()
    """
    known = values[~np.isnan(values)]
    if n_bins < 2 or not len(known):
        return ()
    shares = np.arange(1, n_bins) / n_bins
    edges = np.unique(np.quantile(known, shares, method="inverted_cdf"))
    return tuple(float(e) for e in edges if e < known.max())


def _some_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """All, or blocks from the whole file: rows are often in the order of time."""
    if len(rows) <= _LOOKED_AT:
        return np.array(rows)
    starts = np.linspace(0, len(rows) - _BLOCK, _LOOKED_AT // _BLOCK).astype(np.int64)
    return np.concatenate([rows[s : s + _BLOCK] for s in starts])
