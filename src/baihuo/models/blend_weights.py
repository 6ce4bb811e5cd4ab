"""Fit the weights of a blend's parts on newer requests, which no part was fitted to.

Source: Wolpert (1992), "Stacked generalization"; the loss is that of McFadden (1974), a choice among the rows of a request.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_EQUAL_REQUESTS = 30.0  # weight of the prior for equal weights


def blend_weights(scores: Floats, gains: NDArray[Any], group: NDArray[np.int64]) -> Floats:
    """Return a weight of 0 or more for each part; they sum to the number of parts. Few requests, or equal parts, leave all weights near 1.

    Args:
        scores: ``[rows, parts]``, of about one spread.
        gains: ``[rows]`` grade of the outcome, 0 where nothing happened.
        group: ``[rows]`` number of the request.

    >>> good, chance = np.tile([2.0, 0, 0] * 4 + [0, 2.0, 0], 100), np.tile([0.0, 1, -1], 500)
    >>> gains, group = np.tile([1, 0, 0], 500), np.repeat(np.arange(500), 3)
    >>> weights = blend_weights(np.column_stack([good, chance]), gains, group)
    >>> bool(weights[0] > 1.5), round(float(weights.sum()), 6)
    (True, 2.0)
    """
    n = scores.shape[1]
    earned = 2.0 ** np.asarray(gains, dtype=np.float64) - 1
    _, number = np.unique(group, return_inverse=True)
    total = np.bincount(number, earned)
    kept = np.flatnonzero(total[number] > 0)
    if not len(kept):
        return np.ones(n)
    _, number = np.unique(number[kept], return_inverse=True)
    given, share = scores[kept], earned[kept]
    share = share / np.bincount(number, share)[number]

    def loss(at: Floats) -> tuple[float, Floats]:
        rows = given @ at
        rows = rows - _largest(rows, number)[number]
        shown = np.exp(rows)
        sums = np.bincount(number, shown)
        away = at - at.mean()
        lost = float(np.log(sums).sum() - share @ rows)
        slope = given.T @ (shown / sums[number] - share)
        pull = 0.5 * _EQUAL_REQUESTS
        return lost + pull * float(away @ away), slope + 2 * pull * away

    start = np.full(n, 0.5)
    found = scipy.optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * n
    ).x
    return np.asarray(found * n / found.sum()) if found.sum() > 0 else np.ones(n)


def _largest(values: Floats, number: NDArray[Any]) -> Floats:
    found = np.full(int(number.max()) + 1, -np.inf)
    np.maximum.at(found, number, values)
    return found
