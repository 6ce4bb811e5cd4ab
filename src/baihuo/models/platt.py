"""Platt's line: a model's log-odds to calibrated log-odds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def platt_line(
    log_odds: NDArray[Any], outcomes: NDArray[Any], weights: NDArray[Any] | None = None
) -> tuple[float, float]:
    """Return slope and intercept of the line with the least log-loss, with Platt's targets. A positive counts as (n⁺ + 1) / (n⁺ + 2) and a
    negative as 1 / (n⁻ + 2), because perfectly separated outcomes would give an infinite slope.

    Args:
        log_odds: ``[rows]``. If all are equal the slope is 0.
        outcomes: ``[rows]``, 0 or 1, both there.
        weights: ``[rows]``; None: all weigh the same.

    Source: Platt (1999), "Probabilistic outputs for support vector machines", section 2.2.
    """
    from sklearn.linear_model import LogisticRegression

    y = np.asarray(outcomes, np.float64)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, np.float64)
    n_positive, n_negative = float(w @ y), float(w @ (1 - y))
    target = np.where(y > 0, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    # A row with a target between 0 and 1 is a positive and a negative, with the shares as weights.
    x = np.asarray(log_odds, np.float64)
    middle, width = float(x.mean()), float(x.std()) or 1.0
    scaled = (x - middle) / width
    line = LogisticRegression(C=1e6, max_iter=1000).fit(
        np.concatenate([scaled, scaled])[:, None],
        np.concatenate([np.ones(len(y)), np.zeros(len(y))]),
        sample_weight=np.concatenate([w * target, w * (1 - target)]),
    )
    slope = float(line.coef_[0, 0]) / width
    return slope, float(line.intercept_[0]) - slope * middle
