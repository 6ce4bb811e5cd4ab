"""An inverted index in flat arrays: which rows have a term, in which field, with which weight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
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


def invert(
    documents: Iterable[list[int]], *, n_terms: int, mean_length: float | None = None
) -> tuple[Postings, float]:
    """Postings of one field.

    Args:
        documents: term numbers of each row's field, in row order.
        n_terms: how many term numbers there are.
        mean_length: mean length of non-empty fields; None computes it. Later segments get that
            of the first one, so that their weights are comparable.

    Returns:
        The postings and the mean length used.
    """
    documents = list(documents)
    lengths = np.fromiter(map(len, documents), np.int64, count=len(documents))
    total = int(lengths.sum())
    terms = np.fromiter((t for d in documents for t in d), np.int64, count=total)
    rows = np.repeat(np.arange(len(documents), dtype=np.int64), lengths)
    if mean_length is None:
        filled = lengths[lengths > 0]
        mean_length = float(filled.mean()) if len(filled) else 1.0
    keys, counts = np.unique(terms * max(len(documents), 1) + rows, return_counts=True)
    term_of, row_of = keys // max(len(documents), 1), keys % max(len(documents), 1)
    frequency = counts.astype(np.float32)
    norm = _K1 * (1 - _B + _B * lengths[row_of] / mean_length)
    weights = (frequency * (_K1 + 1) / (frequency + norm)).astype(np.float32)
    starts = np.searchsorted(term_of, np.arange(n_terms + 1)).astype(np.int64)
    return Postings(starts, row_of.astype(np.int32), weights), mean_length


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
