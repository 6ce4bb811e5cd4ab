"""An inverted index in flat arrays: which rows have a term, in which field, with which weight."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from baihuo.index.value_rows import mapped

FIELDS = tuple("title_en title_zh brand model category attributes description codes".split())
_K1, _B = 1.2, 0.75  # Robertson and Zaragoza (2009): the usual values, and tantivy's


@dataclass(frozen=True, slots=True)
class Postings:
    """Terms of one field, compressed by term.

    ``rows[starts[t]:starts[t+1]]`` are the local rows that have term ``t``, ascending, and
    ``weights`` the BM25 term weight of each without idf: between 0 and ``k1 + 1``.
    """

    starts: NDArray[np.int64]  # [terms + 1]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]

    def of(self, term: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Rows and weights of one term."""
        part = slice(self.starts[term], self.starts[term + 1])
        return self.rows[part], self.weights[part]

    def n_rows(self, term: int) -> int:
        """How many rows have the term."""
        return int(self.starts[term + 1] - self.starts[term])


class Lists:
    """Lists of numbers, one after the other in one array while they grow: of a million products they are no objects."""

    def __init__(self) -> None:
        self._flat, self._starts = array("i"), array("q", [0])

    def append(self, numbers: Iterable[int]) -> None:
        """Add one list."""
        self._flat.extend(numbers)
        self._starts.append(len(self._flat))

    @property
    def flat(self) -> NDArray[np.int32]:
        """All numbers."""
        return np.array(self._flat, np.int32)

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each list starts, and the end of the last: ``[lists + 1]``."""
        return np.array(self._starts, np.int64)


def invert(
    terms: NDArray[np.int32],
    ends: NDArray[np.int64],
    *,
    n_terms: int,
    mean_length: float | None = None,
) -> tuple[Postings, float]:
    """Postings of one field.

    Args:
        terms: term numbers of the field in all rows, in row order.
        ends: ``[rows + 1]``: where those of each row start, and the end of the last.
        n_terms: how many term numbers there are.
        mean_length: mean length of non-empty fields; None computes it. Later segments get that
            of the first one, so that their weights are comparable.

    Returns:
        The postings and the mean length used.
    """
    lengths = np.diff(ends)
    if mean_length is None:
        filled = lengths[lengths > 0]
        mean_length = float(filled.mean()) if len(filled) else 1.0
    counted = np.ones(len(terms), np.float32), terms, ends
    by_term = scipy.sparse.csr_array(counted, shape=(len(lengths), n_terms)).tocsc()
    by_term.sum_duplicates()
    norm = _K1 * (1 - _B + _B * lengths / mean_length)
    frequency, rows = by_term.data, by_term.indices.astype(np.int32)
    weights = (frequency * (_K1 + 1) / (frequency + norm[rows])).astype(np.float32)
    return Postings(by_term.indptr.astype(np.int64), rows, weights), mean_length


def save(postings: Mapping[str, Postings], folder: Path) -> None:
    """Write three arrays for each field."""
    for field, p in postings.items():
        np.save(folder / f"{field}.starts.npy", p.starts)
        np.save(folder / f"{field}.rows.npy", p.rows)
        np.save(folder / f"{field}.weights.npy", p.weights)


def load(folder: Path) -> dict[str, Postings]:
    """Load what :func:`save` wrote, memory-mapped: workers share the pages."""
    parts = ("starts", "rows", "weights")
    return {
        field: Postings(*(mapped(folder / f"{field}.{part}.npy") for part in parts))
        for field in FIELDS
    }
