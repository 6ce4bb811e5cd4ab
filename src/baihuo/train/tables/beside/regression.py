"""A logistic regression over all values, bins and numbers: one minimum, whatever the seed, with the penalty that newer rows choose."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.train.tables.beside.row_inputs import RowInputs

Floats = NDArray[np.float64]
_PENALTIES = (300.0, 100.0, 30.0, 10.0, 3.0, 1.0)  # half of it times the sum of squares
_CHOSEN_ON = 60_000  # rows, the newest
_MOST_STEPS = 100


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
    some, best, found, least = train.newest(_CHOSEN_ON), _PENALTIES[0], None, np.inf
    for penalty in _PENALTIES:
        fitted = fit_regression(some, n_values, penalty, start=found)
        lost = newer.loss(fitted.outputs(newer.inputs))
        if lost > least:
            break
        best, found, least = penalty, fitted, lost
    if found is None or len(some.labels) < len(train.labels):
        found = fit_regression(train, n_values, best, start=found)
    return best, found


def fit_regression(
    rows: Labelled, n_values: int, penalty: float, *, start: Regression | None = None
) -> Regression:
    """Cross-entropy and half of ``penalty`` times the sum of the squared weights, by scikit-learn.

    ``start``: near the minimum, which is the same from anywhere.
    """
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    places, numbers = rows.inputs.places, rows.inputs.numbers
    ends = np.arange(len(places) + 1, dtype=np.int32) * places.shape[1]
    ones = np.ones(places.size, dtype=np.float32)
    shape = (len(places), n_values)
    x = sparse.csr_matrix((ones, places.ravel(), ends), shape)
    if numbers.shape[1]:
        x = sparse.hstack([x, sparse.csr_matrix(numbers)], format="csr")
    y, weights = rows.labels, rows.weights
    if not np.isin(y, (0.0, 1.0)).all():  # a label between counts as both, by its share
        x, weights = (
            sparse.vstack([x, x], format="csr"),
            np.concatenate([weights * y, weights * (1 - y)]),
        )
        y = np.repeat([1.0, 0.0], len(y))
    model = LogisticRegression(C=1 / penalty, max_iter=_MOST_STEPS, warm_start=True)
    if start is not None:
        model.coef_ = np.concatenate([start.values, start.numbers])[None].astype(np.float32)
        model.intercept_ = np.array([start.constant], dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # steps that are not the last ones are near enough
        model.fit(x, y, sample_weight=weights)
    coefficients = model.coef_[0].astype(np.float32)
    return Regression(coefficients[:n_values], coefficients[n_values:], float(model.intercept_[0]))
