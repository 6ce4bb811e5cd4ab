"""Where a number's bins end: by the rows in them, so that each bin has about as many."""

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
    """Edges of about ``n_bins`` bins; a value stands in the bin that ends with the first edge not below it.

    A value that is a bin's worth of rows or more has a bin of its own, and the other rows share the other bins: of a number that
    is mostly 0 all others would be one bin.

    >>> quantile_edges(np.array([0] * 12 + [1, 2, 3, 4, np.nan], dtype=np.float32), 3)
    (0.0, 2.0)
    >>> quantile_edges(np.array([1, 2, 3, 7, 7, 7, 8, 9], dtype=np.float32), 4)
    (2.0, 3.0, 7.0, 8.0)
    >>> quantile_edges(np.array([5, 5, 5], dtype=np.float32), 4)
    ()
    """
    known = values[~np.isnan(values)]
    if n_bins < 2 or not len(known):
        return ()
    distinct, counts = np.unique(known, return_counts=True)
    is_heavy = counts * n_bins >= len(known)
    ends = np.zeros(len(distinct), dtype=bool)  # a bin ends with this value
    ends[is_heavy] = True
    ends[:-1] |= is_heavy[1:]
    n_left = n_bins - int(is_heavy.sum())
    light = np.where(is_heavy, 0, counts)
    if n_left > 1 and light.sum():
        shares = np.cumsum(light) / light.sum() * n_left
        # the value with which the rows of light ones pass the next whole share
        ends |= (np.floor(shares + 1e-9) > np.floor(np.append(0, shares[:-1]) + 1e-9)) & ~is_heavy
    return tuple(float(e) for e in distinct[:-1][ends[:-1]])


def _some_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """All, or blocks from the whole file: rows are often in the order of time."""
    if len(rows) <= _LOOKED_AT:
        return np.array(rows)
    starts = np.linspace(0, len(rows) - _BLOCK, _LOOKED_AT // _BLOCK).astype(np.int64)
    return np.concatenate([rows[s : s + _BLOCK] for s in starts])
