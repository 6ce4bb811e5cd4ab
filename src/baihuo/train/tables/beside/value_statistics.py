"""What rows with a value came to, as numbers that trees can split: the mean outcome, drawn to that of all rows, and how many rows they are.

A row's own outcome must not be in what it is given: in training a row gets what the rows of other parts say.

Source: Micci-Barreca (2001), "A preprocessing scheme for high-cardinality categorical attributes in classification and prediction problems".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_PRIOR_ROWS = 10.0  # that the mean of all rows counts as
_PARTS = 5
Floats = NDArray[np.float64]


def value_statistics(
    places: NDArray[np.int32], labels: Floats, weights: Floats, n_values: int
) -> NDArray[np.float32]:
    """Of each value the mean outcome and the logarithm of its rows, ``[values, 2]``; a value without rows has the mean of all.

    >>> places = np.array([[0], [0], [1]], dtype=np.int32)
    >>> found = value_statistics(places, np.array([1.0, 1.0, 0.0]), np.ones(3), 3)
    >>> found.astype(float).round(3).tolist()
    [[0.722, 1.099], [0.606, 0.693], [0.667, 0.0]]
    """
    n_fields = places.shape[1]
    flat, spread = places.ravel(), np.repeat(weights, n_fields)
    counts = np.bincount(flat, spread, minlength=n_values)
    sums = np.bincount(flat, spread * np.repeat(labels, n_fields), minlength=n_values)
    mean = float((weights * labels).sum() / max(float(weights.sum()), 1e-12))
    rates = (sums + _PRIOR_ROWS * mean) / (counts + _PRIOR_ROWS)
    return np.column_stack([rates, np.log1p(counts)]).astype(np.float32)


def left_out_statistics(
    places: NDArray[np.int32], labels: Floats, weights: Floats, n_values: int, *, seed: int
) -> NDArray[np.float32]:
    """``[rows, fields, 2]``: of each row's values what the rows of the other parts say; its count is that of all rows."""
    parts = np.random.default_rng([seed, 31]).integers(_PARTS, size=len(places))
    whole = value_statistics(places, labels, weights, n_values)
    found = whole[places]
    for part in range(_PARTS):
        is_here = parts == part
        others = value_statistics(places[~is_here], labels[~is_here], weights[~is_here], n_values)
        found[is_here, :, 0] = others[places[is_here], 0]
    return np.asarray(found)
