"""Fit a calibrator. Needs scikit-learn, so ``baihuo[train]``; applying one does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.models.calibrator import Calibrator, identity, log_odds
from baihuo.models.platt import platt_line

Floats = NDArray[np.float64]
_N_FOLDS = 5
_FEWEST_FOR_A_CURVE = 1_000  # least clicks: with fewer, isotonic overfits (Niculescu-Mizil and Caruana, 2005; docs/decisions/0028)
_FEWEST_CLICKS = 20  # least rows of either outcome for a fit


def fit_calibrator(
    probabilities: NDArray[Any],
    clicks: NDArray[Any],
    *,
    seed: int,
    way: str = "auto",
) -> Calibrator:
    """Fit a calibrator; ``auto``: the way that predicts unseen folds best, isotonic only with 1,000 clicks or more.

    Args:
        probabilities: ``[rows]``, the model's predictions, on held-out rows.
        clicks: ``[rows]`` 0 or 1.
        seed: Of the folds.
        way: ``none``; ``temperature``: log-odds are multiplied; ``platt``: multiplied and shifted; ``isotonic``: a curve that
            never falls.

    Returns:
        With fewer than 20 clicks, or 20 rows without a click, probabilities stay as they are.

    Source: Platt (1999); Zadrozny and Elkan (2002); Guo et al. (2017) for temperature; chosen by log-loss over five folds.
    """
    p, y = np.asarray(probabilities, np.float64), np.asarray(clicks, np.float64)
    if min(y.sum(), len(y) - y.sum()) < _FEWEST_CLICKS:
        return identity()
    return _WAYS[_best_way(p, y, seed) if way == "auto" else way](p, y)


def _best_way(p: Floats, y: Floats, seed: int) -> str:
    """Choose the way with the least log-loss on held-out folds; the first of equals."""
    from sklearn.metrics import log_loss

    fold = np.random.default_rng(seed).integers(0, _N_FOLDS, len(y))
    is_enough = min(y.sum(), len(y) - y.sum()) >= _FEWEST_FOR_A_CURVE
    losses = {}
    for name in _WAYS:
        if name == "isotonic" and not is_enough:
            continue
        held_out = np.empty(len(y))
        for k in range(_N_FOLDS):
            held_out[fold == k] = _WAYS[name](p[fold != k], y[fold != k]).apply(p[fold == k])
        losses[name] = log_loss(y, held_out, labels=[0, 1])
    return min(losses, key=lambda name: losses[name])


def _none(p: Floats, y: Floats) -> Calibrator:
    return identity()


def _temperature(p: Floats, y: Floats) -> Calibrator:
    """Return the factor of the log-odds with the least log-loss, which is convex in it."""
    from sklearn.linear_model import LogisticRegression

    x = log_odds(p)
    if len(np.unique(y)) < 2 or np.ptp(x) < 1e-9:
        return identity()
    line = LogisticRegression(C=1e6, fit_intercept=False, tol=1e-8).fit(x[:, None], y)
    slope = float(line.coef_[0, 0])
    if slope <= 0:
        return identity()
    ends = np.array([x.min(), x.max()])
    return Calibrator("temperature", ends, slope * ends)


def _platt(p: Floats, y: Floats) -> Calibrator:
    x = log_odds(p)
    if len(np.unique(y)) < 2 or np.ptp(x) < 1e-9:
        return identity()
    slope, start = platt_line(x, y)
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
    # One row at the base rate in every block, so that small blocks do not predict 0 or 1.
    rate = (np.bincount(block, y) + y.mean()) / (n + 1)
    values = np.maximum.accumulate(log_odds(rate))
    return Calibrator("isotonic", np.bincount(block, x) / n, values)


_WAYS: dict[str, Callable[[Floats, Floats], Calibrator]] = {
    "none": _none,
    "temperature": _temperature,
    "platt": _platt,
    "isotonic": _isotonic,
}
