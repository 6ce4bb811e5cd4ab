"""Confidence intervals of means: percentile bootstrap, over queries or over visitors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the 95% interval (or another) around it."""

    mid: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """As written into reports."""
        return {"mid": self.mid, "low": self.low, "high": self.high}


def paired_bootstrap(
    ours: NDArray[Any],
    theirs: NDArray[Any],
    *,
    seed: int,
    clusters: NDArray[Any] | None = None,
    n_resamples: int = 2000,
    confidence: float = 0.95,
) -> Interval:
    """Mean of ``ours - theirs`` on the same queries, with its interval.

    The gain is real at this confidence where ``low > 0``. Queries where either value is NaN (nothing
    to find) are left out.

    Args:
        ours: ``[queries]``, the metric of one system on each query.
        theirs: ``[queries]``, the metric of the other on the same queries.
        seed: Of the resampling; the same seed gives the same interval.
        clusters: ``[queries]``, ids drawn together, such as visitors; None: each
            query is drawn alone.
        n_resamples: Draws; 2000 steadies the ends to about 2% of the width.
        confidence: Mass between ``low`` and ``high``.

    Raises:
        ValueError: lengths differ, or no query is left.

    Source: Efron (1979); Sakai (2006) for information retrieval.
    """
    ours, theirs = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if ours.shape != theirs.shape or ours.ndim != 1:
        raise ValueError(f"{ours.shape} values cannot be paired with {theirs.shape}")
    return bootstrap_mean(
        ours - theirs,
        seed=seed,
        clusters=clusters,
        n_resamples=n_resamples,
        confidence=confidence,
    )


def bootstrap_mean(
    values: NDArray[Any],
    *,
    seed: int,
    clusters: NDArray[Any] | None = None,
    n_resamples: int = 2000,
    confidence: float = 0.95,
) -> Interval:
    """The mean of ``values`` (NaN left out) with its interval; arguments as in the paired form."""
    values = np.asarray(values, dtype=np.float64)
    is_known = ~np.isnan(values)
    if not is_known.any():
        raise ValueError("no query is left: every value is NaN, or there is none")
    known = values[is_known]
    cluster = None if clusters is None else np.asarray(clusters)[is_known]
    sums, weights = by_cluster(known, cluster), by_cluster(np.ones_like(known), cluster)
    drawn = resampled_sums(np.stack([sums, weights], axis=1), seed=seed, n_resamples=n_resamples)
    return interval(float(known.mean()), drawn[:, 0] / drawn[:, 1], confidence)


def by_cluster(values: Floats, clusters: NDArray[Any] | None) -> Floats:
    """``values`` summed within each cluster; unchanged without clusters."""
    if clusters is None:
        return values
    _, cluster = np.unique(clusters, return_inverse=True)
    return np.bincount(cluster, values).astype(np.float64)


def resampled_sums(columns: Floats, *, seed: int, n_resamples: int) -> Floats:
    """Column sums of ``n_resamples`` draws with replacement: ``[rows, c]`` to ``[n_resamples, c]``."""
    rng, n = np.random.default_rng(seed), len(columns)
    sums = np.empty((n_resamples, columns.shape[1]))
    at_once = max(1, 4_000_000 // n)  # holds the drawn indexes under about 100 MB
    for start in range(0, n_resamples, at_once):
        stop = min(start + at_once, n_resamples)
        chosen = rng.integers(0, n, size=(stop - start, n), dtype=np.int64)
        for c in range(columns.shape[1]):
            sums[start:stop, c] = columns[:, c][chosen].sum(axis=1)
    return sums


def interval(mid: float, resampled: Floats, confidence: float) -> Interval:
    """The middle ``confidence`` of the resampled values around ``mid``."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}, must be between 0 and 1")
    tail = (1 - confidence) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return Interval(mid, float(low), float(high))
