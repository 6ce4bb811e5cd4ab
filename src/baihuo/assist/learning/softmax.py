"""Multinomial logistic regression over sparse features, for many more weights than messages."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from baihuo.tag import lbfgs

Singles = NDArray[np.float32]
_MOST_STEPS, _TOLERANCE = 200, 1e-4  # of the mean slope; 1e-3 stops far too early (docs/log.md)


def fit_softmax(
    matrix: csr_matrix,
    classes: NDArray[np.int64],
    *,
    n_classes: int,
    strength: float,
    begin: tuple[Singles, Singles] | None = None,
) -> tuple[Singles, Singles]:
    """Fit to rows.

    Args:
        matrix: ``[rows, features]``.
        classes: ``[rows]``, 0 to ``n_classes - 1``; each must be there.
        n_classes: how many there are.
        strength: C, the inverse of half the weight of the squared weights. Starts are free.
        begin: weights and starts to begin with; None: zeros.

    Returns:
        Weights ``[features, n_classes]`` and starts ``[n_classes]``: the classes' scores are ``row @ weights + starts``.
    """
    rows = matrix.astype(np.float32)
    columns = csr_matrix(rows.T)
    n, n_features = rows.shape
    n_weights = n_features * n_classes
    at = np.arange(n)

    def loss(flat: Singles) -> tuple[float, Singles]:
        weights, starts = flat[:n_weights].reshape(n_features, n_classes), flat[n_weights:]
        scores = np.asarray(rows @ weights) + starts
        scores -= scores.max(axis=1, keepdims=True)
        likely = np.exp(scores)
        total = likely.sum(axis=1, keepdims=True)
        lost = np.log(total[:, 0], dtype=np.float64) - scores[at, classes]
        surplus = likely / total
        surplus[at, classes] -= 1
        slope = np.empty_like(flat)
        slope[:n_weights] = np.asarray(columns @ surplus).ravel()
        slope[:n_weights] += np.float32(1 / strength) * flat[:n_weights]
        slope[n_weights:] = surplus.sum(axis=0)
        penalty = 0.5 / strength * float(flat[:n_weights] @ flat[:n_weights])
        return float(lost.sum()) + penalty, slope

    start = np.zeros(n_weights + n_classes, np.float32)
    if begin is not None:
        start[:n_weights], start[n_weights:] = begin[0].ravel(), begin[1]
    found = lbfgs(loss, start, most_steps=_MOST_STEPS, tolerance=_TOLERANCE * n)
    return found[:n_weights].reshape(n_features, n_classes), found[n_weights:]
