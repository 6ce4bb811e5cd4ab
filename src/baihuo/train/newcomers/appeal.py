"""Clicks of each product for every click that its places explain, shrunk to 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LEAST_VARIANCE = 1e-3


def shrunk_appeal(n_clicked: Floats, expected: Floats) -> Floats:
    """``[products]``: 1 for as many clicks as the places of a product explain; products with few looks stay near it.

    A gamma prior around 1 whose variance is that of the ratios beyond chance (method of moments).

    Args:
        n_clicked: ``[products]``.
        expected: ``[products]``, the mean click rates of the places that each had, summed; positive.
    """
    if not len(expected):
        return np.ones(0)
    total = n_clicked.sum() / expected.sum()
    expected = expected * (total if total > 0 else 1.0)
    ratio = n_clicked / expected
    variance = float((expected * (ratio - 1) ** 2).sum() / expected.sum())
    by_chance = len(expected) / float(expected.sum())  # the variance of a ratio of Poisson counts
    strength = 1.0 / max(_LEAST_VARIANCE, variance - by_chance)
    return np.asarray((n_clicked + strength) / (expected + strength))
