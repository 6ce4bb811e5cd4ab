"""Rows to review first: data values of clicks, purchases and category labels, by the shop's vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baihuo.core import Progress, no_progress
from baihuo.valuation.rows import CLICK, EventRows, ProductColumns, row_id_of

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Titles to vectors ``[titles, d]``."""
_DIMENSIONS, _TESTS, _FOLDS = 32, 600, 10
_MOST_ROWS = 60_000  # the newest: each test row sorts them all
_K_INTERESTS, _K_CATEGORIES = 100, 5
_LEAST_ROWS = 100
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class RowValues:
    """Shapley values of rows; below 0 they make a nearest-neighbour model worse."""

    table: str
    task: str  # the predicted label
    row_id: list[str]  # import and line
    value: Floats  # [rows]
    group: list[str]  # group to review together, such as a visitor; "": alone
    of_group: Floats  # [rows]: sum of the values of the group
    place: NDArray[np.int64]  # [rows] of the events, or of the products

    def worst(self, n: int) -> NDArray[np.int64]:
        """Return the ``n`` most harmful rows, those of the worst group first."""
        order = np.lexsort((self.value, np.array(self.group), self.of_group))
        return np.asarray(order[self.of_group[order] < 0][:n])


def product_vectors(products: ProductColumns, encode: Encode) -> NDArray[np.float32]:
    """``[products, d]``: the encoder's vectors of titles, of length 1; 0 without a title."""
    vectors = np.zeros((len(products.title), 1), np.float32)
    has_title = products.title != ""
    if has_title.any():
        made = np.asarray(encode(products.title[has_title].tolist()), np.float32)
        made /= np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9)
        vectors = np.zeros((len(products.title), made.shape[1]), np.float32)
        vectors[has_title] = made
    return vectors


def category_values(
    products: ProductColumns, vectors: NDArray[np.float32], *, seed: int
) -> RowValues | None:
    """Value category labels: does a product help to predict the category of similar titles? None: too few."""
    place = np.flatnonzero((products.category != "") & (products.title != "") & products.is_listed)
    if len(place) < _LEAST_ROWS or len(np.unique(products.category[place])) < 2:
        return None
    x, y = vectors[place], products.category[place]
    fold = np.random.default_rng(seed).permutation(len(place)) % _FOLDS
    values = np.zeros(len(place))
    for number in range(_FOLDS):  # a row does not test itself
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        values[train] += knn_shapley(x[train], y[train], x[test], y[test], k=_K_CATEGORIES) / _FOLDS
    row_ids = products.row_id[place].tolist()
    return RowValues("products", "category", row_ids, values, [""] * len(place), values, place)


def interest_values(
    rows: EventRows,
    vectors: NDArray[np.float32],
    *,
    learned: Mask,
    believed: Mask,
    seed: int,
    progress: Progress = no_progress,
) -> RowValues | None:
    """Value clicks, carts and purchases: does a visitor's row help to predict the products of similar visitors?

    A row's vector is the mean title of the visitor's other products; its label is the product. Each half of the visitors is tested on the
    other. None: too few rows.

    Args:
        learned: ``[rows]`` to value.
        believed: ``[rows]`` that may be tested on.
    """
    chosen = np.flatnonzero(
        learned & (rows.event >= CLICK) & (rows.product >= 0) & (rows.visitor >= 0)
    )
    chosen = chosen[-_MOST_ROWS:]
    place, profiles = _profiles(rows, chosen, _main_directions(vectors))
    if len(place) < _LEAST_ROWS:
        return None
    rng = np.random.default_rng(seed)
    half = rng.permutation(len(rows.visitor_ids))[rows.visitor[place]] % 2
    values = np.zeros(len(place))
    for side in (0, 1):
        mine = np.flatnonzero(half == side)
        tests = np.flatnonzero((half != side) & believed[place])
        if not len(mine) or not len(tests):
            return None
        tests = rng.choice(tests, min(_TESTS, len(tests)), replace=False)
        values[mine] = knn_shapley(
            profiles[mine],
            rows.product[place[mine]],
            profiles[tests],
            rows.product[place[tests]],
            k=_K_INTERESTS,
            progress=progress,
        )
    visitors = rows.visitor[place]
    return RowValues(
        "events",
        "next product",
        [row_id_of(name) for name in rows.name[place].tolist()],
        values,
        [rows.visitor_ids[v] for v in visitors.tolist()],
        value_of_groups(values, visitors),
        place,
    )


def _main_directions(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ directions[:, ::-1][:, :_DIMENSIONS], np.float32)


def _profiles(
    rows: EventRows, chosen: NDArray[np.int64], vectors: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return rows whose visitor has others, with the mean vector of the others."""
    _, who, n = np.unique(rows.visitor[chosen], return_inverse=True, return_counts=True)
    mine = vectors[rows.product[chosen]]
    sums = np.zeros((len(n), vectors.shape[1]), np.float32)
    np.add.at(sums, who, mine)
    has_others = n[who] > 1
    others = (sums[who] - mine) / np.maximum(n[who] - 1, 1)[:, None]
    return chosen[has_others], np.asarray(others[has_others], np.float32)


# Exact Shapley values of training rows for a nearest-neighbour model, by one sort for each test row.

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
