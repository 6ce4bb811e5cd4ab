"""Metrics of probabilities and scores against binary outcomes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_SMALLEST = 1e-12  # a certain and wrong prediction costs 27.6 nats, not infinity


def auc(scores: NDArray[Any], outcomes: NDArray[Any]) -> float:
    """P(a positive scores above a negative), ties half: 1.0 separates, 0.5 is chance.

    Args:
        scores: ``[rows]``, larger means more likely.
        outcomes: ``[rows]``, 0 or 1.

    Raises:
        ValueError: only one outcome occurs, or a score is NaN.

    Source: Mann and Whitney (1947), by average ranks.
    """
    scores, outcomes = np.asarray(scores, dtype=np.float64), _checked(outcomes, len(scores))
    if np.isnan(scores).any():
        raise ValueError("a score is NaN")
    n_positive = int(outcomes.sum())
    n_negative = len(outcomes) - n_positive
    if not n_positive or not n_negative:
        raise ValueError("AUC needs both outcomes")
    _, tie, n_tied = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(n_tied)
    average_rank = last - (n_tied - 1) / 2.0
    rank_sum = float(average_rank[tie][outcomes > 0].sum())
    return (rank_sum - n_positive * (n_positive + 1) / 2.0) / (n_positive * n_negative)


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


def _checked(outcomes: NDArray[Any], n: int) -> Floats:
    y = np.asarray(outcomes, dtype=np.float64)
    if y.shape != (n,) or n == 0:
        raise ValueError(f"{y.shape} outcomes for {n} rows")
    if not ((y >= 0) & (y <= 1)).all():
        raise ValueError("an outcome is outside [0, 1] or NaN")
    return y
