"""The rows whose vectors are nearest: read in fewer dimensions, then weighed in all of them; in lists where there are very many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.retrieve.flat_terms import Floats, Numbers
from baihuo.index import Int8Vectors, InvertedFile

_REDUCED_FROM = 1_000  # rows: below it all dimensions cost next to nothing
_LISTS_FROM = 40_000  # rows: below it reading all of them costs less than choosing
_DIMENSIONS = 64
_WEIGHED = 4  # times as many rows as are wanted are weighed in all dimensions
_MOST_FITTED = 10_000  # rows that the axes are made of


class DenseSearch:
    """Vectors ``[n, dim]``, searched by dot product. A row of zeros is never among the :meth:`best`.

    Args:
        vectors: kept as they are, not copied.
    """

    def __init__(self, vectors: Floats) -> None:
        self._vectors = vectors
        self._axes = _axes(vectors) if len(vectors) >= _REDUCED_FROM else None
        self._few: Int8Vectors | None = None
        self._lists: InvertedFile | None = None
        if len(vectors) >= _LISTS_FROM:
            self._lists = InvertedFile.of(vectors)
        else:
            self._few = Int8Vectors.of(vectors if self._axes is None else vectors @ self._axes)

    def best(self, vector: Floats, k: int) -> Numbers:
        """About the ``k`` nearest that are not at a right angle or beyond, in no order."""
        rows, dots = self.nearest(vector, k)
        return rows[dots > 0]

    def nearest(self, vector: Floats, k: int) -> tuple[Numbers, Floats]:
        """About the ``k`` nearest in no order, and their dot products."""
        rows = self._read(vector, k)
        dots = np.asarray(self._vectors[rows] @ vector, np.float32)
        if len(rows) > k:
            near = np.argpartition(-dots, k - 1)[:k]
            rows, dots = rows[near], dots[near]
        return rows, dots

    def _read(self, vector: Floats, k: int) -> Numbers:
        """Rows among which the nearest are."""
        n = _WEIGHED * k
        if self._lists is not None:
            probe = self._lists.probe(vector)
            lists = self._lists.lists_above(probe, self._lists.cosine_of_the(k, probe))
            rows, dots = self._lists.read(lists, vector)
            n = 2 * k  # 8 bits of all dimensions are nearly exact
        else:
            assert self._few is not None
            dots = self._few.dot(vector if self._axes is None else vector @ self._axes)
            if len(dots) <= n:
                return np.arange(len(dots))
            return np.argpartition(dots, len(dots) - n)[-n:]
        if len(rows) > n:
            rows = rows[np.argpartition(dots, len(dots) - n)[-n:]]
        return np.asarray(rows, np.int64)


def _axes(vectors: Floats) -> NDArray[np.float32] | None:
    """``[dim, 64]``: the directions along which the vectors are longest; None: they have no more dimensions than that."""
    if vectors.shape[1] <= _DIMENSIONS:
        return None
    some = vectors[:: max(1, len(vectors) // _MOST_FITTED)]
    _, directions = np.linalg.eigh(some.T @ some)
    return np.ascontiguousarray(directions[:, -_DIMENSIONS:], np.float32)
