"""Measures of P(click) with intervals, by a bootstrap over visitors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.evaluate.binary import accuracy, auc, auc_by_group, log_loss, normalised_entropy
from baihuo.evaluate.bootstrap import Interval, by_cluster, interval, resampled_sums

Floats = NDArray[np.float64]


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
