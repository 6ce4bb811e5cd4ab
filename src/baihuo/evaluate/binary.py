"""Metrics of probabilities and scores against binary outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Calibration: whether predicted probabilities match observed frequencies.

_N_DRAWS = 20  # of all outcomes

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """A reliability curve: rows in bins of about equal numbers, by predicted probability."""

    n: NDArray[np.int64]  # [bins] rows
    predicted: Floats  # [bins] mean prediction
    observed: Floats  # [bins] share that happened

    @property
    def error(self) -> float:
        """Expected calibration error: the bins' mean ``|predicted - observed|``, by rows."""
        return float(np.average(np.abs(self.predicted - self.observed), weights=self.n))

    def to_json(self) -> dict[str, list[float]]:
        """As written into reports and drawn as a chart."""
        return {
            "n": self.n.tolist(),
            "predicted": self.predicted.tolist(),
            "observed": self.observed.tolist(),
        }


def reliability(
    probabilities: NDArray[Any], outcomes: NDArray[Any], *, n_bins: int = 10
) -> Reliability:
    """Predicted against observed, in at most ``n_bins`` bins of about equal numbers of rows.

    Equal numbers rather than equal width, because clicks are rare: nearly all predictions would
    share one bin of width 0.1. Equal predictions always share a bin, so a constant has one.

    Args:
        probabilities: ``[rows]`` in [0, 1].
        outcomes: ``[rows]`` 0 or 1.
        n_bins: At most so many.

    Raises:
        ValueError: a probability is outside [0, 1], lengths differ, or there are no rows.

    Source: Niculescu-Mizil and Caruana (2005); Nixon et al. (2019) for equal-mass bins.
    """
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    if p.shape != y.shape or p.ndim != 1 or not len(p):
        raise ValueError(f"{p.shape} probabilities for {y.shape} outcomes")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("a probability is outside [0, 1] or NaN")
    if n_bins < 1:
        raise ValueError(f"n_bins is {n_bins}, must be at least 1")
    inner = np.unique(np.quantile(p, np.arange(1, n_bins) / n_bins, method="inverted_cdf"))
    bin_of_row = np.searchsorted(inner, p, side="left")
    n = np.bincount(bin_of_row, minlength=len(inner) + 1)
    has_rows = n > 0
    n = n[has_rows]
    predicted = np.bincount(bin_of_row, p, minlength=len(inner) + 1)[has_rows] / n
    observed = np.bincount(bin_of_row, y, minlength=len(inner) + 1)[has_rows] / n
    return Reliability(n.astype(np.int64), predicted, observed)


def calibration_error(
    probabilities: NDArray[Any], outcomes: NDArray[Any], *, n_bins: int = 10
) -> float:
    """Expected calibration error (ECE): 0.0 means that outcomes of probability p happen in a share p of cases.

    Arguments and errors as in :func:`reliability`. Noise alone makes it a little larger than 0.
    """
    return reliability(probabilities, outcomes, n_bins=n_bins).error


def error_by_chance(
    probabilities: NDArray[Any], *, seed: int, quantile: float | None = None
) -> float:
    """Return the calibration error of perfect probabilities with so few rows: the average, or a quantile.

    Args:
        probabilities: ``[rows]`` in [0, 1], taken as true.
        seed: Of the outcomes drawn from them.
        quantile: Between 0 and 1; None: the average.
    """
    p, rng = np.asarray(probabilities, dtype=np.float64), np.random.default_rng(seed)
    n_draws = _N_DRAWS if quantile is None else 10 * _N_DRAWS
    drawn = [calibration_error(p, rng.random(len(p)) < p) for _ in range(n_draws)]
    return float(np.mean(drawn) if quantile is None else np.quantile(drawn, quantile))


_BLOCK = 1 << 18
_SMALLEST = 1e-12  # a certain and wrong prediction costs 27.6 nats, not infinity


def auc(scores: NDArray[Any], outcomes: NDArray[Any]) -> float:
    """P(a positive scores above a negative), ties half: 1.0 separates, 0.5 is chance.

    Args:
        scores: ``[rows]``, larger means more likely.
        outcomes: ``[rows]``, 0 or 1.

    Raises:
        ValueError: only one outcome occurs, or a score is NaN.

    Source: Mann and Whitney (1947).
    """
    scores, is_positive = np.asarray(scores), _checked(outcomes, len(scores)) > 0
    if np.isnan(scores).any():
        raise ValueError("a score is NaN")
    below, above = np.sort(scores[~is_positive]), np.sort(scores[is_positive])
    if not len(below) or not len(above):
        raise ValueError("AUC needs both outcomes")
    twice = 0  # of the pairs in order; a tie counts once
    for at in range(0, len(above), _BLOCK):  # only sorted scores take memory
        some = above[at : at + _BLOCK]
        twice += int(np.searchsorted(below, some).sum())
        twice += int(np.searchsorted(below, some, side="right").sum())
    return twice / (2 * len(below) * len(above))


def log_loss_by_row(probabilities: NDArray[Any], outcomes: NDArray[Any]) -> Floats:
    """Nats of surprise of each row: 0 was certain and right.

    Args:
        probabilities: ``[rows]``, P(outcome is 1), in [0, 1].
        outcomes: ``[rows]``, 0 or 1; a probability in between is allowed (expected surprise).

    Raises:
        ValueError: a probability is outside [0, 1] or NaN.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("a probability is outside [0, 1] or NaN")
    y = _checked(outcomes, len(p))
    return np.asarray(
        -(y * np.log(np.maximum(p, _SMALLEST)) + (1 - y) * np.log(np.maximum(1 - p, _SMALLEST)))
    )


def log_loss(probabilities: NDArray[Any], outcomes: NDArray[Any]) -> float:
    """Mean of :func:`log_loss_by_row`, in nats: lower is better."""
    return float(log_loss_by_row(probabilities, outcomes).mean())


def accuracy(probabilities: NDArray[Any], outcomes: NDArray[Any]) -> float:
    """Return the share of rows where ``p >= 0.5`` matches the outcome. Clicks are rare, so predicting none is accurate, too: compare with 1
    - the click rate.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    return float(((p >= 0.5) == (_checked(outcomes, len(p)) > 0.5)).mean())


def normalised_entropy(probabilities: NDArray[Any], outcomes: NDArray[Any]) -> float:
    """Return log-loss over that of the constant click rate of these rows: 1.0 is no better, lower is better; NaN with only one outcome.
    Source: He et al. (2014), Practical lessons from predicting clicks on ads.
    """
    rate = float(_checked(outcomes, len(outcomes)).mean())
    if rate in (0.0, 1.0):
        return float("nan")
    constant = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    return log_loss(probabilities, outcomes) / float(constant)


def auc_by_group(
    scores: NDArray[Any], outcomes: NDArray[Any], groups: NDArray[Any]
) -> tuple[Floats, NDArray[np.int64]]:
    """Return the AUC and the number of rows of each group; NaN with only one outcome.

    Args:
        scores: ``[rows]``, larger means more likely.
        outcomes: ``[rows]``, 0 or 1.
        groups: ``[rows]``, such as the visitor.

    Returns:
        ``[distinct groups]`` twice, in sorted order of the group. The mean of the first, weighted by the second, is
        GAUC: how well each visitor's rows are ordered.

    Source: Zhu et al. (2017), Optimized cost per click in Taobao display advertising.
    """
    scores, outcomes = np.asarray(scores, dtype=np.float64), _checked(outcomes, len(scores))
    if np.isnan(scores).any():
        raise ValueError("a score is NaN")
    _, group = np.unique(groups, return_inverse=True)
    order = np.lexsort((scores, group))
    group, scores, outcomes = group[order], scores[order], outcomes[order]
    n = np.bincount(group)
    is_new = np.r_[True, (group[1:] != group[:-1]) | (scores[1:] != scores[:-1])]
    tie = np.cumsum(is_new) - 1
    last = np.cumsum(np.bincount(tie))
    average_rank = (last - (np.bincount(tie) - 1) / 2.0)[tie] - (np.cumsum(n) - n)[group]
    n_positive = np.bincount(group, outcomes)
    rank_sum = np.bincount(group, outcomes * average_rank)
    pairs = n_positive * (n - n_positive)
    found = np.full(len(n), np.nan)
    np.divide(rank_sum - n_positive * (n_positive + 1) / 2.0, pairs, out=found, where=pairs > 0)
    return found, n.astype(np.int64)


def grouped_auc(scores: NDArray[Any], outcomes: NDArray[Any], groups: NDArray[Any]) -> float:
    """GAUC: the mean of :func:`auc_by_group` by rows; NaN where no group has both outcomes."""
    found, n = auc_by_group(scores, outcomes, groups)
    is_known = ~np.isnan(found)
    return float(np.average(found[is_known], weights=n[is_known])) if is_known.any() else np.nan


def _checked(outcomes: NDArray[Any], n: int) -> Floats:
    y = np.asarray(outcomes, dtype=np.float64)
    if y.shape != (n,) or n == 0:
        raise ValueError(f"{y.shape} outcomes for {n} rows")
    if not ((y >= 0) & (y <= 1)).all():
        raise ValueError("an outcome is outside [0, 1] or NaN")
    return y
