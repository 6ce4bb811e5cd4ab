"""Confidence intervals of means: percentile bootstrap, over queries or over visitors."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate.binary import accuracy, auc, auc_by_group, log_loss, normalised_entropy

# Confidence sequences: intervals that stay valid however often a growing sample is checked.


def sequence_multiplier(n: float, *, n_first: float, error_rate: float) -> float:
    """Return the half-width of a confidence sequence after ``n`` observations, in standard errors. With the usual 1.96, repeated checks of
    a correct value raise an alarm sooner or later; with this one they ever do with probability ``error_rate``.

    Args:
        n: Observations so far, above 0.
        n_first: Observations at the first check: narrowest soon after it.
        error_rate: Between 0 and 1.

    Raises:
        ValueError: an argument is out of range.

    Source: Waudby-Smith et al. (2021), Time-uniform central limit theory and asymptotic confidence sequences, equations 5 and 10
    (Robbins' normal mixture).
    """
    if not (n > 0 and n_first > 0 and 0 < error_rate < 1):
        raise ValueError(f"n is {n}, n_first {n_first}, error_rate {error_rate}: out of range")
    doubled = -2 * np.log(error_rate)
    rho_squared = (doubled + np.log(doubled + 1)) / (2 * n_first)
    grown = n * rho_squared + 1
    return float(np.sqrt(2 * grown / (n * rho_squared) * np.log(np.sqrt(grown) / error_rate)))


# Measures of P(click) with intervals, by a bootstrap over visitors.


def measure_probabilities(
    probabilities: NDArray[Any],
    outcomes: NDArray[Any],
    visitors: NDArray[Any],
    *,
    seed: int,
    n_resamples: int = 300,
) -> dict[str, Interval]:
    """AUC, GAUC (by visitor), accuracy, log-loss and normalised entropy, each with its 95% interval over visitors.

    Args:
        probabilities: ``[rows]`` in [0, 1].
        outcomes: ``[rows]``, 0 or 1.
        visitors: ``[rows]``.
        seed: Of the draws.

    Returns:
        By name; without AUC, GAUC and normalised entropy where only one outcome occurs.

    Raises:
        ValueError: as in :func:`baihuo.evaluate.log_loss`.
    """
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    surprise = -(y * np.log(np.maximum(p, 1e-12)) + (1 - y) * np.log(np.maximum(1 - p, 1e-12)))
    found = {"accuracy": accuracy(p, y), "log_loss": log_loss(p, y)}
    columns = [np.ones(len(p)), (p >= 0.5) == (y > 0.5), surprise, y]
    sums = np.stack([by_cluster(np.asarray(c, np.float64), visitors) for c in columns], axis=1)
    has_both = 0 < y.sum() < len(y)
    if has_both:
        by_visitor, n_rows = auc_by_group(p, y, visitors)
        weight = np.where(np.isnan(by_visitor), 0.0, n_rows)
        sums = np.column_stack([sums, np.nan_to_num(by_visitor) * weight, weight])
        found |= {"auc": auc(p, y), "normalised_entropy": normalised_entropy(p, y)}
    drawn = resampled_sums(sums, seed=seed, n_resamples=n_resamples)
    n, rate = drawn[:, 0], drawn[:, 3] / drawn[:, 0]
    draws = {"accuracy": drawn[:, 1] / n, "log_loss": drawn[:, 2] / n}
    if has_both:
        draws["auc"] = _drawn_auc(p, y, visitors, seed=seed, n_resamples=n_resamples)
        with np.errstate(divide="ignore", invalid="ignore"):
            entropy = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
            draws["normalised_entropy"] = draws["log_loss"] / entropy
        if sums[:, 5].sum() > 0:
            found["gauc"] = float(sums[:, 4].sum() / sums[:, 5].sum())
            draws["gauc"] = drawn[:, 4] / np.maximum(drawn[:, 5], 1e-9)
    return {
        name: interval(value, draws[name][np.isfinite(draws[name])], 0.95)
        for name, value in found.items()
        if np.isfinite(draws[name]).any()
    }


def _drawn_auc(
    p: Floats, y: Floats, visitors: NDArray[Any], *, seed: int, n_resamples: int
) -> Floats:
    """Return the AUC of each draw, rows weighted by the draws of their visitor; NaN with one outcome."""
    names, visitor = np.unique(visitors, return_inverse=True)
    order = np.argsort(p, kind="stable")
    visitor, clicked, scores = visitor[order], y[order], p[order]
    starts = np.flatnonzero(np.r_[True, scores[1:] != scores[:-1]])
    rng, found = np.random.default_rng(seed), np.empty(n_resamples)
    for i in range(n_resamples):
        drawn = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
        weight = drawn[visitor].astype(np.float64)
        good = np.add.reduceat(weight * clicked, starts)
        bad = np.add.reduceat(weight * (1 - clicked), starts)
        pairs = good.sum() * bad.sum()
        below = np.cumsum(bad) - bad
        found[i] = (good @ (below + bad / 2)) / pairs if pairs else np.nan
    return found


# The mean of rows that come in clusters, such as those of one visitor, with an interval that is valid for few clusters, too.


@dataclass(frozen=True, slots=True)
class ClusteredMean:
    """A mean, its standard error over clusters, and the effective number of clusters."""

    mid: float
    error: float  # standard error; NaN of a single cluster
    n: int  # rows
    n_clusters: int
    n_effective: float  # clusters of equal size that would be as uncertain

    def interval(self, confidence: float) -> Interval:
        """By Student's quantile for the effective clusters; ±infinity for a single cluster. A bootstrap of few clusters would be too
        narrow.

        Raises:
            ValueError: ``confidence`` is not between 0 and 1.
        """
        from scipy.special import stdtrit  # 20 times faster to load than scipy.stats

        if not 0 < confidence < 1:
            raise ValueError(f"confidence is {confidence}, must be between 0 and 1")
        if self.n_effective <= 1 or np.isnan(self.error):
            return Interval(self.mid, -np.inf, np.inf)
        wide = float(stdtrit(self.n_effective - 1, (1 + confidence) / 2)) * self.error
        return Interval(self.mid, self.mid - wide, self.mid + wide)

    def to_json(self) -> dict[str, float]:
        """As written into reports, with the 95% interval of this mean alone."""
        return {
            **self.interval(0.95).to_json(),
            "error": self.error,
            "n": self.n,
            "n_clusters": self.n_clusters,
            "n_effective": self.n_effective,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> ClusteredMean:
        """The inverse of :meth:`to_json`."""
        names = ("mid", "error", "n", "n_clusters", "n_effective")
        return cls(*(stored[name] for name in names))


def clustered_mean(values: NDArray[Any], clusters: NDArray[Any] | None = None) -> ClusteredMean:
    """Return the mean of ``values`` (NaN left out) whose rows may be correlated within a cluster.

    Args:
        values: ``[rows]``.
        clusters: ``[rows]``, such as the visitor; None: every row alone.

    Raises:
        ValueError: no value is left.

    Source: the linearised ratio estimator (Cochran, 1977, 6.3) with ``C / (C - 1)``; effective clusters by Kish (1965).
    """
    values = np.asarray(values, dtype=np.float64)
    is_known = ~np.isnan(values)
    if not is_known.any():
        raise ValueError("no value is left: every value is NaN, or there is none")
    known = values[is_known]
    cluster = None if clusters is None else np.asarray(clusters)[is_known]
    sizes, sums = by_cluster(np.ones_like(known), cluster), by_cluster(known, cluster)
    mid, n_clusters = float(known.mean()), len(sizes)
    effective = float(sizes.sum() ** 2 / (sizes**2).sum())
    if n_clusters < 2:
        return ClusteredMean(mid, float("nan"), len(known), n_clusters, effective)
    squares = float(((sums - mid * sizes) ** 2).sum()) * n_clusters / (n_clusters - 1)
    return ClusteredMean(
        mid, float(np.sqrt(squares)) / len(known), len(known), n_clusters, effective
    )


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


def pages_needed(gain: Interval, n: int, over: float = 0.0, *, power: float = 0.8) -> float:
    """How many pages would prove a gain of the size of ``gain.mid`` with probability ``power``; infinity for none above ``over``.

    Args:
        gain: With its 95% interval, of ``n`` pages: it narrows with the root of their number.
        n: Pages.
        over: What the low end of the interval has to be above.
        power: Between 0 and 1.
    """
    if gain.mid <= over:
        return float("inf")
    normal = NormalDist()
    error = (gain.high - gain.low) / 2 / normal.inv_cdf(0.975)
    wanted = (normal.inv_cdf(0.975) + normal.inv_cdf(power)) * error / (gain.mid - over)
    return n * wanted**2


def bootstrap_ratio(
    parts: NDArray[Any],
    wholes: NDArray[Any],
    *,
    seed: int,
    n_resamples: int = 2000,
    confidence: float = 0.95,
) -> Interval:
    """``sum(parts) / sum(wholes)`` of paired queries with its interval; NaN where ``wholes`` sum to 0 or less: there is no whole to be a
    part of.

    An interval whose whole may be 0 or less, by the draws, has no end: it is ±infinity.

    Args:
        parts: ``[queries]``, such as our gain over the baseline.
        wholes: ``[queries]``, such as the gain that is possible.
        seed, n_resamples, confidence: as in :func:`paired_bootstrap`.
    """
    both = np.stack([parts, wholes], axis=1).astype(np.float64)
    part, whole = both.sum(axis=0)
    if not whole > 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    drawn = resampled_sums(both, seed=seed, n_resamples=n_resamples)
    if np.mean(drawn[:, 1] <= 0) > (1 - confidence) / 2:
        return Interval(float(part / whole), -np.inf, np.inf)
    drawn = drawn[drawn[:, 1] > 0]
    return interval(float(part / whole), drawn[:, 0] / drawn[:, 1], confidence)


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
