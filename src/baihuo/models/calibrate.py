"""Fit a calibrator. Needs scikit-learn, so ``baihuo[train]``; applying one does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.models.calibrator import Calibrator, identity, log_odds

Floats = NDArray[np.float64]
_N_FOLDS = 5
_FEWEST_CLICKS = 20  # fewer on either side: nothing can be said, so nothing is changed


def fit_calibrator(probabilities: NDArray[Any], clicks: NDArray[Any], *, seed: int) -> Calibrator:
    """The one of identity, Platt's line and isotonic regression that predicts unseen folds best.

    Args:
        probabilities: ``[rows]``, what the model says, on rows it was not fitted on.
        clicks: ``[rows]`` 0 or 1.
        seed: Of the folds.

    Source: Platt (1999); Zadrozny and Elkan (2002); chosen by log-loss over five folds.
    """
    from sklearn.metrics import log_loss

    p, y = np.asarray(probabilities, np.float64), np.asarray(clicks, np.float64)
    if min(y.sum(), len(y) - y.sum()) < _FEWEST_CLICKS:
        return identity()
    ways: list[Callable[[Floats, Floats], Calibrator]] = [
        lambda p, y: identity(),
        _platt,
        _isotonic,
    ]
    fold = np.random.default_rng(seed).integers(0, _N_FOLDS, len(y))
    losses = []
    for way in ways:
        held_out = np.empty(len(y))
        for k in range(_N_FOLDS):
            held_out[fold == k] = way(p[fold != k], y[fold != k]).apply(p[fold == k])
        losses.append(log_loss(y, held_out, labels=[0, 1]))
    return ways[int(np.argmin(losses))](p, y)


def _platt(p: Floats, y: Floats) -> Calibrator:
    from sklearn.linear_model import LogisticRegression

    x = log_odds(p)
    if len(np.unique(y)) < 2 or np.ptp(x) < 1e-9:
        return identity()
    line = LogisticRegression(C=1e6).fit(x[:, None], y)
    slope, start = float(line.coef_[0, 0]), float(line.intercept_[0])
    if slope <= 0:  # would reverse the order: the model is worse than chance here
        return identity()
    ends = np.array([x.min(), x.max()])
    return Calibrator("platt", ends, start + slope * ends)


def _isotonic(p: Floats, y: Floats) -> Calibrator:
    from sklearn.isotonic import IsotonicRegression

    x = log_odds(p)
    level = IsotonicRegression().fit(x, y).predict(x)
    _, block = np.unique(level, return_inverse=True)
    n = np.bincount(block)
    # One row at the base rate in every block: no block of few rows may say "never" or "always".
    rate = (np.bincount(block, y) + y.mean()) / (n + 1)
    values = np.maximum.accumulate(log_odds(rate))
    return Calibrator("isotonic", np.bincount(block, x) / n, values)
