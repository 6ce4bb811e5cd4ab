"""Stored arrays, and compressed (CSR) ones: the lists of all rows one after the other, and where each starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ValueRows:
    """Which rows have a value, the inverse of the values of each row: ``rows[starts[c]:starts[c + 1]]`` are the rows that have value ``c``, ascending."""

    starts: NDArray[np.int64]  # [values + 1]
    rows: NDArray[np.int32]

    @staticmethod
    def of(starts: NDArray[np.int64], values: NDArray[np.int32]) -> ValueRows:
        """Invert a compressed (CSR) array: ``values[starts[r]:starts[r + 1]]`` are those of row ``r``."""
        n_rows, n_values = len(starts) - 1, int(values.max(initial=-1)) + 1
        ones = np.ones(len(values), np.bool_)
        by_value = scipy.sparse.csr_matrix((ones, values, starts), shape=(n_rows, n_values)).tocsc()
        return ValueRows(by_value.indptr.astype(np.int64), by_value.indices.astype(np.int32))

    def with_any(self, codes: NDArray[np.int64]) -> NDArray[np.int32]:
        """The rows that have any of the values; one that has several stands there as often."""
        known = codes[codes < len(self.starts) - 1]
        parts = [self.rows[self.starts[c] : self.starts[c + 1]] for c in known.tolist()]
        return np.concatenate([self.rows[:0], *parts])


def mapped(file: Path) -> Any:
    """A stored array, memory-mapped: workers share the pages. As a plain array: slicing a memmap object costs more than
    reading what it maps."""
    return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))


def starts_of(counts: Sequence[int]) -> NDArray[np.int64]:
    """Start of each of consecutive lists of the given lengths, and the end of the last: ``[n + 1]``."""
    return np.concatenate(([0], np.cumsum(np.asarray(counts, np.int64)))).astype(np.int64)


def spans(starts: NDArray[np.int64], at: NDArray[np.intp]) -> NDArray[Any]:
    """All positions of the spans ``at`` of a compressed array, concatenated; in 32 bits where they fit."""
    first = starts[at]
    lengths = starts[at + 1] - first
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    number = np.int32 if starts[-1] < 1 << 31 else np.int64
    positions = np.repeat((first - ends + lengths).astype(number), lengths)
    positions += np.arange(total, dtype=number)
    return positions
