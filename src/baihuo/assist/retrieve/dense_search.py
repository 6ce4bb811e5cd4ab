"""The entries whose vectors are nearest: all of them in a small shop, lists of them in a large one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.assist.retrieve.flat_terms import Floats, Numbers
from baihuo.index import Int8Vectors, InvertedFile

_LISTS_FROM = 4_000  # entries: below it reading all of them costs less than choosing


class DenseSearch:
    """8-bit vectors of the entries; a row of zeros is never found."""

    def __init__(self, vectors: Floats) -> None:
        self._stored: Int8Vectors | InvertedFile = (
            InvertedFile.of(vectors) if len(vectors) >= _LISTS_FROM else Int8Vectors.of(vectors)
        )

    def best(self, vector: Floats, k: int) -> Numbers:
        """About the ``k`` nearest, in no order."""
        stored = self._stored
        if isinstance(stored, Int8Vectors):
            cosines = stored.dot(vector)
            rows: NDArray[Any] = np.arange(len(cosines))
        else:
            probe = stored.probe(vector)
            lists = stored.lists_above(probe, stored.cosine_of_the(k, probe))
            rows, cosines = stored.read(lists, vector)
        if len(rows) > k:
            near = np.argpartition(-cosines, k)[:k]
            rows, cosines = rows[near], cosines[near]
        return np.asarray(rows[cosines > 0], np.int64)
