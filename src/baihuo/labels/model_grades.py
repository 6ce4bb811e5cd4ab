"""Grades of a generative model, calibrated on people's: agreement, abstention, and bias correction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from baihuo.evaluate import Interval, auc, bootstrap_mean, weighted_kappa
from baihuo.models import platt_line

RELEVANT = 2  # from this grade on a product is relevant (exact match or substitute)
LEAST_KAPPA = 0.6  # at the low end of its interval; three people who graded Icecat agree with kappa 0.74 to 0.82 (four grades)
SURE = 0.8  # the model decides where its calibrated probability of either side is at least so much
LEAST_QUERIES = 20  # with fewer, calibration is unreliable
_FOLDS = 5
_SHRINK = (
    1e-2  # of the slope towards 0: an uninformative model predicts the share of relevant pairs
)
_RESAMPLES = 1000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """The model's probabilities of judged pairs, each calibrated on other queries."""

    probabilities: Floats  # [judged]
    is_decided: NDArray[np.bool_]  # [judged]; the model abstains from the others
    report: dict[str, Any]
    slope: float
    intercept: float

    @property
    def is_usable(self) -> bool:
        """Whether it agrees with people well enough to grade unjudged pairs."""
        return bool(self.report["is_usable"])

    def probability(self, log_odds: Floats) -> Floats:
        """P(relevant) of other pairs, by the curve of all judged ones: ``[pairs]``."""
        return np.asarray(expit(self.slope * log_odds + self.intercept))


def calibrate(
    log_odds: Floats, grades: NDArray[Any], queries: Sequence[str], *, sure: float = SURE, seed: int
) -> Calibrated:
    """Platt's curve by folds of queries, agreement with people, and where to abstain.

    Args:
        log_odds: ``[judged]``, of the model.
        grades: ``[judged]``, 0 … 3, of people.
        queries: ``[judged]``; a query is never on both sides of a fold.
        sure: The model decides where its calibrated probability of either side is at least so much.
        seed: Of folds and resampling.

    Raises:
        ValueError: no pair, or people graded all alike.

    Source: Platt (1999); Cohen (1960).
    """
    relevant = (np.asarray(grades) >= RELEVANT).astype(np.float64)
    if not 0 < relevant.mean() < 1:
        raise ValueError("people graded all of these pairs alike")
    names, group = np.unique(np.asarray(queries, dtype=object).astype(str), return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(names))[group] % _FOLDS
    probabilities = np.full(len(relevant), relevant.mean())
    for one in range(min(_FOLDS, len(names))):
        others = fold != one
        if 0 < relevant[others].mean() < 1:
            slope, intercept = platt_line(log_odds[others], relevant[others])
            probabilities[~others] = expit(slope * log_odds[~others] + intercept)
    is_decided = np.maximum(probabilities, 1 - probabilities) >= sure
    slope, intercept = platt_line(log_odds, relevant)
    report = _report(probabilities, relevant, is_decided, group, len(names), seed)
    return Calibrated(probabilities, is_decided, report, slope, intercept)


def corrected_share(
    judged: Floats,
    relevant: Floats,
    queries: Sequence[str],
    unjudged: Floats,
    *,
    seed: int,
) -> Interval:
    """The share of relevant products among ``unjudged``, by the model, corrected by its errors on judged pairs.

    The interval is that of prediction-powered inference: the model's mean, plus its mean error on judged pairs, resampled by query. It
    holds for any model, good or bad; a bad one only makes it wide. It assumes that the judged pairs are
    like the unjudged ones.

    Args:
        judged: ``[judged]``, the model's probabilities.
        relevant: ``[judged]``, 1.0 or 0.0, of people.
        queries: ``[judged]``.
        unjudged: ``[unjudged]``, the model's probabilities.
        seed: Of the resampling.

    Source: Angelopoulos, Bates, Fannjiang, Jordan and Zrnic (2023), "Prediction-powered inference", Science 382.
    """
    clusters = np.unique(np.asarray(queries, dtype=object).astype(str), return_inverse=True)[1]
    error = bootstrap_mean(relevant - judged, seed=seed, clusters=clusters)
    noise = 1.96 * float(np.std(unjudged)) / np.sqrt(len(unjudged))
    mid = float(unjudged.mean()) + error.mid
    half_low = float(np.hypot(error.mid - error.low, noise))
    half_high = float(np.hypot(error.high - error.mid, noise))
    return Interval(mid, max(0.0, mid - half_low), min(1.0, mid + half_high))


def _report(
    probabilities: Floats,
    relevant: Floats,
    is_decided: NDArray[np.bool_],
    group: NDArray[np.int64],
    n_queries: int,
    seed: int,
) -> dict[str, Any]:
    kappa = _kappa(probabilities, relevant, is_decided)
    rng = np.random.default_rng(seed)
    rows_of = [np.flatnonzero(group == g) for g in range(n_queries)]
    drawn = []
    for _ in range(_RESAMPLES if np.isfinite(kappa) else 0):
        rows = np.concatenate([rows_of[g] for g in rng.integers(0, n_queries, n_queries)])
        drawn.append(_kappa(probabilities[rows], relevant[rows], is_decided[rows]))
    finite = np.array(drawn)[np.isfinite(drawn)] if drawn else np.zeros(0)
    low, high = np.percentile(finite, [2.5, 97.5]) if len(finite) else (float("nan"),) * 2
    return {
        "n_judged": len(relevant),
        "n_queries": n_queries,
        "auc": auc(probabilities, relevant),
        "decided": float(is_decided.mean()),
        "kappa": kappa,
        "kappa_low": float(low),
        "kappa_high": float(high),
        "accuracy": float(
            ((probabilities >= 0.5) == (relevant == 1))[is_decided].mean()
            if is_decided.any()
            else np.nan
        ),
        "is_usable": bool(n_queries >= LEAST_QUERIES and low >= LEAST_KAPPA),
    }


def _kappa(probabilities: Floats, relevant: Floats, is_decided: NDArray[np.bool_]) -> float:
    if not is_decided.any():
        return float("nan")
    ours = (probabilities[is_decided] >= 0.5).astype(np.int64)
    return weighted_kappa(ours, relevant[is_decided].astype(np.int64), n_grades=2)
