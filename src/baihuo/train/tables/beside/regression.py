"""A logistic regression over all values, bins and numbers: one minimum, whatever the seed, with the penalty that newer rows choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from baihuo.train.tables.beside.row_inputs import RowInputs

Floats = NDArray[np.float64]
_PENALTIES = (300.0, 100.0, 30.0, 10.0, 3.0, 1.0)  # half of it times the sum of squares
_CHOSEN_ON = 60_000  # rows, the newest
_MOST_STEPS = 100
_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """Log-odds: a weight for each value, one for each number, and a constant."""

    values: NDArray[np.float32]  # [values of all fields]
    numbers: NDArray[np.float32]
    constant: float

    def outputs(self, inputs: RowInputs) -> Floats:
        """``[rows]``."""
        found = self.values[inputs.places].sum(1, dtype=np.float64)
        return np.asarray(found + inputs.numbers @ self.numbers + self.constant)

    def times(self, share: float) -> Regression:
        """All weights so many times."""
        return Regression(
            self.values * np.float32(share),
            self.numbers * np.float32(share),
            self.constant * share,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Rows with their outcome."""

    inputs: RowInputs
    labels: Floats  # [rows] 0 to 1
    weights: Floats  # [rows] how much each counts

    def newest(self, n_rows: int) -> Labelled:
        """The last so many, or all."""
        return self.take(slice(max(0, len(self.labels) - n_rows), None))

    def take(self, rows: NDArray[np.bool_] | slice) -> Labelled:
        """Some of them."""
        return Labelled(self.inputs.take(rows), self.labels[rows], self.weights[rows])

    def loss(self, outputs: Floats) -> float:
        """Mean cross-entropy of log-odds, in nats."""
        lost = np.logaddexp(0, outputs) - self.labels * outputs
        return float((self.weights * lost).sum() / max(float(self.weights.sum()), 1e-12))


def chosen_penalty(train: Labelled, newer: Labelled, n_values: int) -> tuple[float, Regression]:
    """The penalty whose regression on ``train`` fits newer rows best: from strong to weak until it gets worse; and that regression."""
    some, start = train.newest(_CHOSEN_ON), None
    found: tuple[float, Regression | None] = (_PENALTIES[0], None)
    least = np.inf
    for penalty in _PENALTIES:
        start = _fitted(some, n_values, penalty, start)
        fitted = _regression(start, n_values)
        lost = newer.loss(fitted.outputs(newer.inputs))
        if lost > least:
            break
        found, least = (penalty, fitted), lost
    penalty, best = found
    if best is None or len(some.labels) < len(train.labels):
        best = fit_regression(train, n_values, penalty, start=best)
    return penalty, best


def fit_regression(
    rows: Labelled, n_values: int, penalty: float, *, start: Regression | None = None
) -> Regression:
    """By L-BFGS, cross-entropy and half of ``penalty`` times the sum of the squared weights.

    ``start``: near the minimum, which is the same from anywhere.
    """
    at = None
    if start is not None:
        parts = (start.values, start.numbers, [start.constant])
        at = np.concatenate(parts).astype(np.float64)
    return _regression(_fitted(rows, n_values, penalty, at), n_values)


def _regression(weights: Floats, n_values: int) -> Regression:
    values, numbers = weights[:n_values], weights[n_values:-1]
    return Regression(values.astype(np.float32), numbers.astype(np.float32), float(weights[-1]))


def _fitted(rows: Labelled, n_values: int, penalty: float, start: Floats | None) -> Floats:
    n_numbers, n_rows = rows.inputs.numbers.shape[1], len(rows.labels)
    if start is None:
        start = np.zeros(n_values + n_numbers + 1)

    def loss(at: Floats) -> tuple[float, Floats]:
        slopes = penalty * at
        slopes[-1] = 0.0
        lost = 0.5 * penalty * float(at[:-1] @ at[:-1])
        for low in range(0, n_rows, _AT_ONCE):
            some = rows.take(slice(low, low + _AT_ONCE))
            places, numbers = some.inputs.places, some.inputs.numbers
            outputs = at[:n_values][places].sum(1) + numbers @ at[n_values:-1] + at[-1]
            lost += float((some.weights * (np.logaddexp(0, outputs) - some.labels * outputs)).sum())
            slope = some.weights * (expit(outputs) - some.labels)
            spread = np.repeat(slope, places.shape[1])
            slopes[:n_values] += np.bincount(places.ravel(), spread, minlength=n_values)
            slopes[n_values:-1] += numbers.T @ slope
            slopes[-1] += slope.sum()
        return lost, slopes

    options: Any = {"maxiter": _MOST_STEPS, "gtol": 1e-4 * float(np.sqrt(max(n_rows, 1)))}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x)
