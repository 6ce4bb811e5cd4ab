"""Implicit alternating least squares, in plain numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from baihuo.models import Sequences

_DIM, _ROUNDS, _RIDGE, _CONFIDENCE = 64, 12, 5.0, 20.0


def als_scores(known: Sequences, histories: Sequences, *, seed: int) -> NDArray[np.float32]:
    """``[histories, items]``; vectors of the histories are solved for with the items' fixed.

    Source: Hu, Koren, Volinsky, Collaborative Filtering for Implicit Feedback Datasets (2008).
    """
    has = known.has()
    items = np.random.default_rng(seed).normal(0, 0.1, (has.shape[1], _DIM)).astype(np.float32)
    for _ in range(_ROUNDS):
        visitors = _solved(has, items)
        items = _solved(has.T.tocsr(), visitors)
    return np.asarray(_solved(histories.has(), items) @ items.T)


def _solved(has: sparse.csr_matrix, others: NDArray[np.float32]) -> NDArray[np.float32]:
    """``[rows, dim]``: of each row, with confidence 1 in what it lacks and more in what it has."""
    base = others.T @ others + _RIDGE * np.eye(others.shape[1], dtype=np.float32)
    found = np.zeros((has.shape[0], others.shape[1]), np.float32)
    for row in range(has.shape[0]):
        own = others[has.indices[has.indptr[row] : has.indptr[row + 1]]]
        if len(own):
            found[row] = np.linalg.solve(
                base + _CONFIDENCE * (own.T @ own), (1 + _CONFIDENCE) * own.sum(axis=0)
            )
    return found
