"""Predicts a product's category from its words: linear models, so that 1 million products take a minute.

A category is a path. One model predicts the first level (the root), and each root has a model for the
categories under it: p(category) = p(root) × p(category | root). So the cost grows with the number of
roots plus categories of a root, not with all categories of a large shop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
EPOCHS, BATCH = 10, 64
_MIN_STEPS = 200  # of a small shop, …
_FULL_STEPS = (
    600  # … whose rate grows by the power of how many fewer than these they are: at the old
)
_RATE_POWER = 0.7  # rate a model of few steps is not confident even where it is easy
_FIRST_BIAS = -4.0  # most categories are errors for a product


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows of one step. Epochs share them, so what every step needs is made once."""

    rows: sparse.csr_matrix  # ``[rows, used]``
    transposed: sparse.csr_matrix
    used: Ints  # the words that they use
    labels: Ints
    numbers: Ints

    @classmethod
    def of(cls, rows: sparse.csr_matrix, labels: Ints) -> _Batch:
        rows, used = _compact(rows)
        return cls(rows, rows.T.tocsr(), used, labels, np.arange(len(labels)))

    def errors(self, weights: Floats, biases: Floats) -> Floats:
        """``[rows, classes]``: each probability, less 1 where it is the row's own class."""
        errors: Floats = self.rows @ weights
        errors += biases
        np.negative(errors, out=errors)
        np.minimum(errors, 80, out=errors)  # e^89 is beyond float32
        np.exp(errors, out=errors)
        errors += 1
        np.reciprocal(errors, out=errors)
        errors[self.numbers, self.labels] -= 1
        return errors


@dataclass(frozen=True, slots=True)
class Node:
    """One-vs-rest classifiers: a row without known words gets the biases."""

    words: Ints  # ``[used]``: the features that it uses
    weights: Floats  # ``[used, classes]``
    biases: Floats  # ``[classes]``

    @classmethod
    def fit(cls, rows: sparse.csr_matrix, labels: Ints, n_classes: int) -> Node:
        """Logistic regressions by AdaGrad, over rows in the order given: shuffle them.

        One-vs-rest and not one softmax, because some labels are wrong: at a precision of 0.9 it finds
        0.89 of injected wrong categories, a softmax 0.85.

        Args:
            rows: ``[rows, features]``, each of length 1.
            labels: ``[rows]``, 0 to ``n_classes`` - 1.
        """
        rows, words = _compact(rows)
        weights = np.zeros((len(words), n_classes), np.float32)
        biases = np.full(n_classes, _FIRST_BIAS, np.float32)
        squared_gradients = np.full((len(words), 1), 1e-6, np.float32)
        squared_bias_gradient = 1e-6
        starts = range(0, rows.shape[0], BATCH)
        batches = [_Batch.of(rows[s : s + BATCH], labels[s : s + BATCH]) for s in starts]
        n_epochs = max(EPOCHS, -(-_MIN_STEPS // max(len(batches), 1)))
        n_steps = max(1, n_epochs * len(batches))
        first_rate = max(1.0, _FULL_STEPS / n_steps) ** _RATE_POWER
        for epoch in range(n_epochs):
            rate = np.float32(first_rate * (1 - epoch / n_epochs))
            for batch in batches:
                current = weights[batch.used]
                errors = batch.errors(current, biases)
                gradient = batch.transposed @ errors
                squared = squared_gradients[batch.used]
                squared += np.einsum("wc,wc->w", gradient, gradient)[:, None]
                squared_gradients[batch.used] = squared
                gradient *= rate / np.sqrt(squared)
                current -= gradient
                weights[batch.used] = current
                bias_gradient = errors.mean(axis=0) * np.float32(np.sqrt(BATCH))
                squared_bias_gradient += float(bias_gradient @ bias_gradient)
                biases -= rate / np.float32(np.sqrt(squared_bias_gradient)) * bias_gradient
        return cls(words, weights, biases)

    def log_shares(self, rows: sparse.csr_matrix) -> Floats:
        """``[rows, classes]``: natural logarithms of probabilities that add up to 1."""
        logs = -np.logaddexp(0, -(rows[:, self.words] @ self.weights + self.biases))
        return np.asarray(logs - np.logaddexp.reduce(logs, axis=1)[:, None], np.float32)


@dataclass(frozen=True, slots=True)
class Prediction:
    """For each row its most likely other category."""

    best: Ints  # ``[rows]``, a category
    log_best: Floats  # ``[rows]``, natural logarithm of its probability
    log_present: Floats  # ``[rows]``


class CategoryClassifier:
    """Learns the categories of some rows, and predicts those of others."""

    def __init__(self, roots: Ints) -> None:
        """``roots[category]`` is the root of that category; both count from 0."""
        self._root_of = roots
        self._categories = [np.flatnonzero(roots == r) for r in range(int(roots.max()) + 1)]
        self._top: Node | None = None
        self._under: list[Node | None] = []

    def fit(self, rows: sparse.csr_matrix, categories: Ints) -> CategoryClassifier:
        """Learn from ``rows`` and their ``categories``; rows in a shuffled order."""
        roots = self._root_of[categories]
        self._top = Node.fit(rows, roots, len(self._categories))
        for root, under in enumerate(self._categories):
            rows_of_root = np.flatnonzero(roots == root)
            labels = np.searchsorted(under, categories[rows_of_root])
            is_choice = len(under) > 1 and len(rows_of_root) > 0
            self._under.append(
                Node.fit(rows[rows_of_root], labels, len(under)) if is_choice else None
            )
        return self

    def predict_other(
        self, rows: sparse.csr_matrix, present: Ints, may_suggest: NDArray[np.bool_]
    ) -> Prediction:
        """How likely each row's present category is, and the most likely other one under its root or
        under the most likely other root. ``may_suggest[category]`` is False for those never suggested."""
        assert self._top is not None, "fit comes first"
        n = np.arange(rows.shape[0])
        tops = self._top.log_shares(rows)
        present_root = self._root_of[present]
        others = tops.copy()
        others[n, present_root] = -np.inf
        best = np.full(len(n), -1, np.int64)
        log_best = np.full(len(n), -np.inf, np.float32)
        log_present = np.full(len(n), -np.inf, np.float32)
        for roots in (present_root, others.argmax(axis=1)):
            for root in np.unique(roots):
                rows_of_root = np.flatnonzero(roots == root)
                categories = self._categories[root]
                logs = tops[rows_of_root, root][:, None] + self._within(root, rows[rows_of_root])
                is_present = categories[None, :] == present[rows_of_root][:, None]
                row, column = np.nonzero(is_present)
                log_present[rows_of_root[row]] = logs[row, column]
                logs[is_present | ~may_suggest[categories][None, :]] = -np.inf
                top = logs.argmax(axis=1)
                value = logs[np.arange(len(rows_of_root)), top]
                better = value > log_best[rows_of_root]
                best[rows_of_root[better]], log_best[rows_of_root[better]] = (
                    categories[top[better]],
                    value[better],
                )
        return Prediction(best, log_best, log_present)

    def _within(self, root: int, rows: sparse.csr_matrix) -> Floats:
        node = self._under[root]
        if node is None:  # one category, or no products of any were seen: all equally likely
            n = len(self._categories[root])
            return np.full((rows.shape[0], n), -np.log(n), np.float32)
        return node.log_shares(rows)


def _compact(rows: sparse.csr_matrix) -> tuple[sparse.csr_matrix, Ints]:
    """The rows with only the words they use, and the numbers of these words."""
    from scipy import sparse

    used, columns = np.unique(rows.indices, return_inverse=True)
    shape = (rows.shape[0], len(used))
    return sparse.csr_matrix((rows.data, columns, rows.indptr), shape=shape), used.astype(np.int64)


def roots_of(paths: Sequence[str], separator: str) -> Ints:
    """For each path the number of its first level; first levels are numbered in sorted order."""
    firsts = [path.split(separator)[0] for path in paths]
    order = {first: n for n, first in enumerate(sorted(set(firsts)))}
    return np.array([order[first] for first in firsts], np.int64)
