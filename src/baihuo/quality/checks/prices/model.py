"""What a listing's words say that it costs: a linear model of the logarithm of prices.

Some prices are wrong by a thousand times, so it is fitted with Huber's loss: what lies far off pulls
no harder than what lies a factor of e off.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import lsqr

Floats = NDArray[np.float64]
N_FOLDS = 3
_ROUNDS, _STEPS = 3, 40  # of reweighting; of conjugate gradients in each


def expected(rows: sparse.csr_matrix, log_prices: Floats, folds: NDArray[np.int64]) -> Floats:
    """``[rows]``: the logarithm of each price as a model tells it that did not learn from that row.

    Args:
        rows: ``[rows, features]``, each about of length 1.
        log_prices: ``[rows]``, natural logarithms.
        folds: ``[rows]``, 0 to ``N_FOLDS`` - 1: the part that a row is left out with.
    """
    told = np.full(len(log_prices), float(np.median(log_prices)) if len(log_prices) else 0.0)
    for fold in range(N_FOLDS):
        others, its = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(others) and len(its):
            middle = float(np.median(log_prices[others]))
            told[its] = middle + rows[its] @ _fitted(rows[others], log_prices[others] - middle)
    return told


def _fitted(rows: sparse.csr_matrix, target: Floats) -> Floats:
    """Ridge regression of weight 1, its rows weighed anew by how far off they were."""
    weight = np.ones(len(target))
    slopes: Floats = np.zeros(rows.shape[1])
    for _ in range(_ROUNDS):
        root = np.sqrt(weight)
        slopes = lsqr(sparse.diags_array(root) @ rows, root * target, damp=1.0, iter_lim=_STEPS)[0]
        weight = 1 / np.maximum(1, np.abs(target - rows @ slopes))
    return slopes
