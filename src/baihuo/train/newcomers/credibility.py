"""How far the mean of a segment is trusted over that of everybody (empirical Bayes)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NEVER = 1e9
"""A strength that no segment outweighs: between the segments there is nothing but chance."""


def credibility_strength(shares: Floats, segment: NDArray[np.int64], overall: Floats) -> float:
    """How many visitors the mean of everybody weighs, beside those of one segment.

    The variance within segments over that between them, each category weighing by its rarity. A segment of n visitors is
    trusted with ``n / (n + strength)``.

    Args:
        shares: ``[visitors, categories]``, what each turned to, a row sums to 1.
        segment: ``[visitors]``, numbers from 0.
        overall: ``[categories]``, the mean share, positive.

    Source: Bühlmann and Straub (1970), the unbiased estimate of the variance between groups.
    """
    n_of = np.bincount(segment).astype(np.float64)
    n, n_segments = float(n_of.sum()), len(n_of)
    if n_segments < 2 or n <= n_segments:
        return NEVER
    means = segment_sums(shares, segment) / n_of[:, None]
    within = ((shares - means[segment]) ** 2).sum(axis=0) / (n - n_segments)
    spread = (n_of[:, None] * (means - shares.mean(axis=0)) ** 2).sum(axis=0)
    between = (spread - (n_segments - 1) * within) / (n - (n_of**2).sum() / n)
    weight = 1.0 / overall
    total = float((between * weight).sum())
    return min(NEVER, float((within * weight).sum()) / total) if total > 0 else NEVER


def shrunk_log_lifts(
    sums: Floats, n: float, overall: Floats, strength: float, expected: Floats | float = 1.0
) -> Floats:
    """``[categories]``: log of how many times more often a segment turns to each, shrunk to what was expected.

    Args:
        sums: ``[categories]``, the shares of its ``n`` visitors, summed.
        expected: ``[categories]``, how many times more often before these visitors were seen.
    """
    mean = (sums + strength * overall * expected) / (n + strength)
    return np.asarray(np.log(mean / overall))


def segment_sums(shares: Floats, segment: NDArray[np.int64]) -> Floats:
    """``[segments, categories]``: the shares of each segment's visitors, summed."""
    sums = np.zeros((int(segment.max(initial=-1)) + 1, shares.shape[1]))
    np.add.at(sums, segment, shares)
    return sums
