"""Exact Shapley values of training rows for a nearest-neighbour model, by one sort for each test row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress

Floats = NDArray[np.float64]
_AT_ONCE = 2_000_000  # distances at a time: about 50 MB with derived arrays


def knn_shapley(
    train: NDArray[Any],
    train_labels: NDArray[Any],
    test: NDArray[Any],
    test_labels: NDArray[Any],
    *,
    k: int = 5,
    weights: Floats | None = None,
    progress: Progress = no_progress,
) -> Floats:
    """Shapley value ``[rows]`` of each training row: its mean contribution to the share of right neighbours.

    The values of all rows sum to the model's share of right labels among the ``k`` nearest, averaged over test rows. A row below 0
    makes the model worse.

    Args:
        train: ``[rows, d]``, vectors; nearer (Euclidean) is more alike.
        train_labels: ``[rows]``, any comparable values.
        test: ``[tests, d]``, vectors of trusted rows.
        test_labels: ``[tests]``.
        k: Neighbours of the model.
        weights: ``[tests]``, how much a test row counts; None: all the same.
        progress: Called with test rows done.

    Raises:
        ValueError: no row, ``k`` < 1, or shapes do not fit.

    Source: Jia et al., Efficient task-specific data valuation for nearest neighbor algorithms (VLDB 2019), theorem 1.
    """
    _check(train, train_labels, test, test_labels, k)
    n, n_tests = len(train), len(test)
    share = np.full(n_tests, 1 / n_tests) if weights is None else weights / weights.sum()
    place = np.arange(1, n, dtype=np.float64)
    step = np.minimum(k, place) / (k * place)  # of theorem 1, nearest first
    train = np.asarray(train, np.float32)
    norms = (train * train).sum(axis=1)
    values = np.zeros(n)
    at_once = max(1, _AT_ONCE // n)
    for start in range(0, n_tests, at_once):
        some = slice(start, min(start + at_once, n_tests))
        near = (
            norms - 2 * np.asarray(test[some], np.float32) @ train.T
        )  # less a constant of each test row
        order = np.argsort(near, axis=1, kind="stable")
        is_right = (train_labels[order] == test_labels[some, None]).astype(np.float64)
        # the farthest of more than k rows is worth is_right / rows, of fewer the same by k
        last = is_right[:, -1:] / max(n, k)
        rises = (is_right[:, :-1] - is_right[:, 1:]) * step
        sorted_values = np.concatenate(
            [last + np.cumsum(rises[:, ::-1], axis=1)[:, ::-1], last], axis=1
        )
        weighted = sorted_values * share[some, None]
        values += np.bincount(order.ravel(), weighted.ravel(), minlength=n)
        progress("valuing rows", some.stop, n_tests)
    return values


def _check(
    train: NDArray[Any], labels: NDArray[Any], test: NDArray[Any], of_test: NDArray[Any], k: int
) -> None:
    if k < 1 or not len(train) or not len(test):
        raise ValueError(
            f"{len(train)} training rows, {len(test)} test rows, k {k}: all must be 1 or more"
        )
    if len(train) != len(labels) or len(test) != len(of_test) or train.shape[1:] != test.shape[1:]:
        raise ValueError(
            f"{train.shape} rows do not fit {len(labels)} labels or {test.shape} tests"
        )


def balanced(labels: NDArray[Any]) -> Floats:
    """``[rows]`` weights that give every label the same sum: clicks weigh as much as all the rest.

    >>> balanced(np.array([0, 0, 0, 1])).round(2).tolist()
    [0.17, 0.17, 0.17, 0.5]
    """
    _, which, n = np.unique(labels, return_inverse=True, return_counts=True)
    return np.asarray(1 / (n[which] * len(n)), np.float64)


def value_of_groups(values: Floats, groups: NDArray[Any]) -> Floats:
    """``[rows]``: the sum of the values of each row's group, such as its visitor, for bots of many rows."""
    _, which = np.unique(groups, return_inverse=True)
    return np.asarray(np.bincount(which, values)[which], np.float64)
