"""Feature selection: by L1, by mutual information, by permutation. Training only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Doubles: TypeAlias = NDArray[np.float64]


def mutual_information(matrix: Floats, labels: NDArray[Any], *, n_bins: int = 32) -> Doubles:
    """Mutual information of each column and the label, in nats: 0 to the entropy of the label.

    Columns are cut at their quantiles into at most ``n_bins`` bins of equal rows; equal values share a bin; missing ones have a separate
    one. The chance part of the estimate, ``(bins - 1) (labels - 1) / 2 rows`` (Miller, 1955),
    is subtracted, so that many bins do not score higher.
    """
    label = np.unique(labels, return_inverse=True)[1]
    n, n_labels = len(label), int(label.max(initial=0)) + 1
    information = np.zeros(matrix.shape[1])
    for c in range(matrix.shape[1]):
        binned = binned_column(matrix[:, c], n_bins)
        n_used = int(binned.max(initial=0)) + 1
        joint = np.bincount(binned * n_labels + label, minlength=n_used * n_labels).reshape(
            n_used, n_labels
        )
        chance = (n_used - 1) * (n_labels - 1) / (2 * max(n, 1))
        information[c] = max(0.0, _information(joint) - chance)
    return information


def binned_column(values: Floats, n_bins: int) -> NDArray[np.int64]:
    """``[rows]``: the bin of each value, 0, 1, …; missing values have the last one."""
    missing = np.isnan(values)
    known = values[~missing]
    shares = np.linspace(0, 1, n_bins + 1)[1:-1]
    edges = np.unique(np.quantile(known, shares)) if len(known) else np.zeros(0)
    binned = np.searchsorted(edges, values, side="left")
    binned[missing] = len(edges) + 1
    return np.unique(binned, return_inverse=True)[1].astype(np.int64)


def _information(joint: NDArray[np.int64]) -> float:
    p = joint / joint.sum()
    independent = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)
    is_positive = p > 0
    return float((p[is_positive] * np.log(p[is_positive] / independent[is_positive])).sum())


def l1_weights(
    matrix: Floats, labels: NDArray[Any], *, keep: int, max_rows: int = 30_000, seed: int = 7
) -> Doubles:
    """Return each column's absolute weight in a logistic model whose L1 penalty leaves about ``keep`` of them.

    Columns are standardised; missing values are the mean. The penalty is found by halving: the lightest one
    that leaves at most ``keep`` weights. Needs ``baihuo[train]``.

    Source: Tibshirani (1996), through scikit-learn.
    """
    from sklearn.linear_model import LogisticRegression

    chosen = np.random.default_rng(seed).permutation(len(labels))[:max_rows]
    x, y = _standardised(matrix[np.sort(chosen)]), np.asarray(labels)[np.sort(chosen)]
    best, low, high = np.zeros(matrix.shape[1]), 1e-6, 1.0
    for _ in range(10):
        softness = float(np.sqrt(low * high))
        model = LogisticRegression(
            C=softness, l1_ratio=1.0, solver="liblinear", random_state=seed, tol=1e-3
        )
        weights = np.abs(model.fit(x, y).coef_[0])
        if (weights > 0).sum() <= keep:
            best, low = weights, softness
        else:
            high = softness
    return np.asarray(best, np.float64)


def _standardised(matrix: Floats) -> Doubles:
    x = np.sign(matrix) * np.log1p(np.abs(matrix.astype(np.float64)))
    missing = np.isnan(x)
    n = np.maximum((~missing).sum(axis=0), 1)
    mean = np.where(missing, 0.0, x).sum(axis=0) / n
    x = np.where(missing, 0.0, x - mean)
    deviation = np.sqrt((x**2).sum(axis=0) / n)
    return np.asarray(x / np.where(deviation > 1e-9, deviation, 1.0))


def permutation_importance(
    score: Callable[[Floats], float], matrix: Floats, *, n_repeats: int = 3, seed: int = 7
) -> Doubles:
    """Permutation importance: the score lost, on held-out rows, when a column is shuffled.

    Args:
        score: Scores a matrix like ``matrix``; larger is better.

    Two correlated columns mask each other: both look useless. Source: Breiman (2001).
    """
    rng, whole = np.random.default_rng(seed), score(matrix)
    lost = np.zeros(matrix.shape[1])
    mixed = matrix.copy()
    for c in range(matrix.shape[1]):
        for _ in range(n_repeats):
            mixed[:, c] = matrix[rng.permutation(len(matrix)), c]
            lost[c] += whole - score(mixed)
        mixed[:, c] = matrix[:, c]
    return lost / n_repeats


def strongest_columns(
    weights: Doubles, columns: tuple[str, ...], *, keep: int, always: frozenset[str]
) -> tuple[str, ...]:
    """Return the columns of the largest positive weights and those ``always`` selected, in their old order."""
    order = sorted(range(len(columns)), key=lambda c: (-weights[c], c))
    chosen = {columns[c] for c in order[:keep] if weights[c] > 0}
    return tuple(c for c in columns if c in chosen or c in always)
