"""Sort results of sources, without duplicates and unindexed products."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.index import RowVectors

Found = tuple[NDArray[np.int32], NDArray[np.float64]]
NOTHING: Found = (np.empty(0, np.int32), np.empty(0))


def found(rows: NDArray[Any], scores: NDArray[Any], *, k: int) -> Found:
    """Return the ``k`` best rows, best first; duplicates get their best score. Row -1: no longer indexed."""
    is_indexed = rows >= 0
    rows, scores = rows[is_indexed], np.asarray(scores[is_indexed], dtype=np.float64)
    order = np.argsort(-scores, kind="stable")
    _, first = np.unique(rows[order], return_index=True)
    chosen = order[np.sort(first)[:k]]
    return rows[chosen].astype(np.int32), scores[chosen]


def nearest(vector: NDArray[np.float32], vectors: RowVectors, *, k: int) -> Found:
    """Return the rows of the ``k`` largest dot products with ``vector``, best first."""
    rows, scores = vectors.nearest(vector, k)
    return rows, scores.astype(np.float64)
