"""Reciprocal rank fusion."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_K = 20.0  # how fast a vote decays with the rank: rank 20 counts half as much as rank 0


def fused(*votes: tuple[NDArray[Any], float]) -> NDArray[np.float64]:
    """Weighted reciprocal ranks of (scores, weight) pairs; NaN is left out of that order.

    Scores of different models have no common unit, but ranks have.

    Source: Cormack et al., Reciprocal Rank Fusion (2009).
    """
    total = np.zeros(len(votes[0][0]))
    for scores, weight in votes:
        is_ranked = np.flatnonzero(~np.isnan(scores))
        order = is_ranked[np.argsort(-scores[is_ranked], kind="stable")]
        total[order] += weight * _K / (_K + np.arange(len(order)))
    return total
