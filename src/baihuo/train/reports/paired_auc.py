"""AUC of one model less that of another on the same rows, with its interval."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate import Interval, auc

Floats = NDArray[np.float64]


def paired_auc(
    ours: NDArray[Any],
    theirs: NDArray[Any],
    outcomes: NDArray[Any],
    *,
    seed: int,
    clusters: NDArray[Any],
    n_resamples: int = 1000,
    confidence: float = 0.95,
) -> Interval:
    """AUC is no mean over rows, so each draw of clusters has its own two AUCs.

    Args:
        ours, theirs: ``[rows]`` scores.
        outcomes: ``[rows]``, 0 or 1.
        clusters: ``[rows]``, what must be drawn together: the visitor.

    Raises:
        ValueError: only one outcome occurs, or a score is NaN.
    """
    mid = auc(ours, outcomes) - auc(theirs, outcomes)
    _, cluster = np.unique(clusters, return_inverse=True)
    n, rng = int(cluster.max()) + 1, np.random.default_rng(seed)
    ranked = [_Ranked(scores, outcomes) for scores in (ours, theirs)]
    gaps = np.empty(n_resamples)
    for i in range(n_resamples):
        weight = np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)[cluster]
        gaps[i] = ranked[0].auc(weight) - ranked[1].auc(weight)
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(gaps, [tail, 1 - tail])
    return Interval(mid, float(low), float(high))


class _Ranked:
    """Rows sorted by score once; then the AUC of any weights is one pass."""

    def __init__(self, scores: NDArray[Any], outcomes: NDArray[Any]) -> None:
        self._order = np.argsort(scores, kind="stable")
        ordered = np.asarray(scores)[self._order]
        self._starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        self._is_one = (np.asarray(outcomes)[self._order] > 0).astype(np.float64)

    def auc(self, weight: Floats) -> float:
        """NaN where the draw has one outcome only."""
        w = weight[self._order]
        ones = np.add.reduceat(w * self._is_one, self._starts)
        zeros = np.add.reduceat(w * (1 - self._is_one), self._starts)
        below = np.cumsum(zeros) - zeros
        pairs = ones.sum() * zeros.sum()
        return float((ones * (below + zeros / 2)).sum() / pairs) if pairs > 0 else float("nan")
