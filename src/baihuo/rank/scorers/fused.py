"""Several orders made into one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_K = 20.0  # how fast a vote fades with its place: the 20th place counts half of the first


def fused(*votes: tuple[NDArray[Any], float]) -> NDArray[np.float64]:
    """Weighted reciprocal ranks of (scores, weight) pairs; NaN takes no part in that order.

    Scores of different models share no unit; their orders do.

    Source: Cormack et al., Reciprocal Rank Fusion (2009).
    """
    total = np.zeros(len(votes[0][0]))
    for scores, weight in votes:
        takes_part = np.flatnonzero(~np.isnan(scores))
        order = takes_part[np.argsort(-scores[takes_part], kind="stable")]
        total[order] += weight * _K / (_K + np.arange(len(order)))
    return total
