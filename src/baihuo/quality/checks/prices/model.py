"""What a listing costs by its words: a linear model of the logarithm of prices.

Some prices are wrong by a thousand times, so the model is fitted with Huber's loss: a price that lies far
off pulls no harder than one that lies a factor of e off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse

Floats = NDArray[np.float64]
N_FOLDS = 3
_N_ROUNDS, _N_STEPS = 3, 40  # of reweighting; of conjugate gradients in each, at most
_TOLERANCE = 1e-3  # of what is left over, by the right side


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


def _fit(rows: sparse.csr_matrix, target: Floats) -> NDArray[np.float32]:
    """Slopes of a ridge regression of weight 1; each round weights rows by how far off they were.

    Conjugate gradients on the normal equations, from the slopes of the round before: single precision and a thousandth
    of the right side are far finer than the error of any price.
    """
    rows = rows.astype(np.float32)
    columns, wanted = rows.T.tocsr(), target.astype(np.float32)
    weight = np.ones(len(wanted), np.float32)
    slopes = np.zeros(rows.shape[1], np.float32)
    for _ in range(_N_ROUNDS):
        right = columns @ (weight * wanted)
        left_over = right - (columns @ (weight * (rows @ slopes)) + slopes)
        direction = left_over.copy()
        squared, least = float(left_over @ left_over), float(right @ right) * _TOLERANCE**2
        for _ in range(_N_STEPS):
            if squared <= least:
                break
            moved = columns @ (weight * (rows @ direction)) + direction
            step = np.float32(squared / float(direction @ moved))
            slopes += step * direction
            left_over -= step * moved
            before, squared = squared, float(left_over @ left_over)
            direction = left_over + np.float32(squared / before) * direction
        weight = 1 / np.maximum(np.float32(1), np.abs(wanted - rows @ slopes))
    return slopes
