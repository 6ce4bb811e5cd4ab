"""Which rows have a value: the inverse of the values of each row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ValueRows:
    """``rows[starts[c]:starts[c + 1]]`` are the rows that have value ``c``, ascending."""

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
