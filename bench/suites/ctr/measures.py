"""What probabilities are worth on the test rows, and how far two systems are apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from baihuo.evaluate import auc, calibration_error, log_loss, log_loss_by_row

Floats = NDArray[np.float64]


def measures(probabilities: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
    """AUC, log-loss in nats, normalised entropy and ECE of one seed.

    Normalised entropy: log-loss over the entropy of the test's own click rate, 1.0 is a constant that knows it.

    Source: He et al. (2014), "Practical lessons from predicting clicks on ads at Facebook".
    """
    rate = float(labels.mean())
    entropy = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    lost = log_loss(probabilities, labels)
    return {
        "auc": auc(probabilities, labels),
        "log_loss": lost,
        "ne": lost / float(entropy),
        "ece": calibration_error(probabilities, labels),
    }


def apart(
    ours: list[NDArray[Any]], theirs: list[NDArray[Any]], labels: NDArray[Any]
) -> dict[str, dict[str, float]]:
    """AUC and log-loss of ours less theirs, means over the seeds, with 95% intervals.

    The interval has the noise of the test's rows (of the first seed, paired: DeLong et al. 1988 for AUC) and of the seeds.
    """
    found: dict[str, list[tuple[float, float]]] = {"auc": [], "log_loss": []}
    for a, b in zip(ours, theirs, strict=True):
        found["auc"].append(_auc_gap(a, b, labels))
        rows = log_loss_by_row(a, labels) - log_loss_by_row(b, labels)
        found["log_loss"].append((float(rows.mean()), float(rows.var() / len(rows))))
    return {name: _interval(pairs) for name, pairs in found.items()}


def _interval(pairs: list[tuple[float, float]]) -> dict[str, float]:
    gaps, variances = (np.array(v) for v in zip(*pairs, strict=True))
    of_seeds = float(gaps.var(ddof=1)) / len(gaps) if len(gaps) > 1 else 0.0
    half = 1.96 * float(np.sqrt(variances.mean() + of_seeds))
    middle = float(gaps.mean())
    return {
        k: round(v, 5)
        for k, v in (("mid", middle), ("low", middle - half), ("high", middle + half))
    }


def _auc_gap(a: NDArray[Any], b: NDArray[Any], labels: NDArray[Any]) -> tuple[float, float]:
    """The difference and its variance. Source: DeLong, DeLong and Clarke-Pearson (1988), by ranks."""
    is_one = labels > 0
    parts = [_placements(s, is_one) for s in (a, b)]
    ones, zeros = (parts[0][i] - parts[1][i] for i in (0, 1))
    variance = ones.var(ddof=1) / len(ones) + zeros.var(ddof=1) / len(zeros)
    return float(ones.mean()), float(variance)


def _placements(scores: NDArray[Any], is_one: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Share of the other class that stands on the right side, for each row of either class."""
    ranks = rankdata(scores)
    n_one, n_zero = int(is_one.sum()), int((~is_one).sum())
    ones = (ranks[is_one] - rankdata(scores[is_one])) / n_zero
    zeros = 1 - (ranks[~is_one] - rankdata(scores[~is_one])) / n_one
    return np.asarray(ones), np.asarray(zeros)
