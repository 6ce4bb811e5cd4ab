"""What a listing costs by its words: a linear model of the logarithm of prices.

Some prices are wrong by a thousand times, so the model is fitted with Huber's loss: a price that lies far
off pulls no harder than one that lies a factor of e off.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
N_FOLDS = 3
_N_ROUNDS, _N_STEPS = 3, 40  # of reweighting; of conjugate gradients in each


def expected(rows: sparse.csr_matrix, log_prices: Floats, folds: NDArray[np.int64]) -> Floats:
    """``[rows]``: the logarithm of each price, predicted by a model that did not learn from that row.

    Args:
        rows: ``[rows, features]``, each about of length 1.
        log_prices: ``[rows]``, natural logarithms.
        folds: ``[rows]``, 0 to ``N_FOLDS`` - 1: the part that a row is left out with.
    """
    predicted = np.full(len(log_prices), float(np.median(log_prices)) if len(log_prices) else 0.0)
    for fold in range(N_FOLDS):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(train) and len(test):
            median = float(np.median(log_prices[train]))
            predicted[test] = median + rows[test] @ _fit(rows[train], log_prices[train] - median)
    return predicted


def _fit(rows: sparse.csr_matrix, target: Floats) -> Floats:
    """Slopes of a ridge regression of weight 1; each round weights rows by how far off they were."""
    from scipy.sparse.linalg import lsqr  # loads much, for shops with enough prices

    weight = np.ones(len(target))
    slopes: Floats = np.zeros(rows.shape[1])
    for _ in range(_N_ROUNDS):
        root = np.sqrt(weight)
        weighted = sparse.diags_array(root) @ rows
        slopes = lsqr(weighted, root * target, damp=1.0, iter_lim=_N_STEPS)[0]
        weight = 1 / np.maximum(1, np.abs(target - rows @ slopes))
    return slopes
