"""Multinomial logistic regression over sparse features, for many more weights than messages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from baihuo.tag import lbfgs

Singles = NDArray[np.float32]
_MOST_STEPS, _TOLERANCE = 200, 1e-4  # of the mean slope; 1e-3 is too early (docs/decisions/0035)


def fit_softmax(
    matrix: csr_matrix,
    classes: NDArray[np.int64],
    *,
    n_classes: int,
    strength: float,
    begin: tuple[Singles, Singles] | None = None,
) -> tuple[Singles, Singles]:
    """Fit to rows.

    Args:
        matrix: ``[rows, features]``.
        classes: ``[rows]``, 0 to ``n_classes - 1``; each must be there.
        n_classes: how many there are.
        strength: C, the inverse of half the weight of the squared weights. Starts are free.
        begin: weights and starts to begin with; None: zeros.

    Returns:
        Weights ``[features, n_classes]`` and starts ``[n_classes]``: the classes' scores are ``row @ weights + starts``.
    """
    merged = _Merged.of(matrix)
    rows = merged.rows
    columns = csr_matrix(rows.T)
    n, n_features = rows.shape
    n_weights = n_features * n_classes
    at = np.arange(n)

    def loss(flat: Singles) -> tuple[float, Singles]:
        weights, starts = flat[:n_weights].reshape(n_features, n_classes), flat[n_weights:]
        scores = np.asarray(rows @ weights) + starts
        scores -= scores.max(axis=1, keepdims=True)
        likely = np.exp(scores)
        total = likely.sum(axis=1, keepdims=True)
        lost = np.log(total[:, 0], dtype=np.float64) - scores[at, classes]
        surplus = likely / total
        surplus[at, classes] -= 1
        slope = np.empty_like(flat)
        slope[:n_weights] = np.asarray(columns @ surplus).ravel()
        slope[:n_weights] += np.float32(1 / strength) * flat[:n_weights]
        slope[n_weights:] = surplus.sum(axis=0)
        penalty = 0.5 / strength * float(flat[:n_weights] @ flat[:n_weights])
        return float(lost.sum()) + penalty, slope

    start = np.zeros(n_weights + n_classes, np.float32)
    if begin is not None:
        start[:n_weights], start[n_weights:] = merged.joined(begin[0]).ravel(), begin[1]
    found = lbfgs(loss, start, most_steps=_MOST_STEPS, tolerance=_TOLERANCE * n)
    return merged.parted(found[:n_weights].reshape(n_features, n_classes)), found[n_weights:]


@dataclass(frozen=True, slots=True, eq=False)
class _Merged:
    """Features that stand in the same rows in the same proportions, such as the parts of one word, as one feature.

    The penalty gives each of them its share of the weight of one feature as long as all together, so nothing is lost.
    """

    rows: csr_matrix  # [rows, merged features]
    group: NDArray[np.int64]  # [features] the merged feature; -1 stands in no row
    share: Singles  # [features] of the length of its merged feature

    @staticmethod
    def of(matrix: csr_matrix) -> _Merged:
        lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel())
        used = np.flatnonzero(lengths > 0)
        draw = np.random.default_rng(0).normal(size=(matrix.shape[0], 2))
        prints = np.asarray(matrix.T @ draw)[used] / lengths[used, None]
        _, first, group = np.unique(prints.round(9), axis=0, return_index=True, return_inverse=True)
        group = group.ravel()
        together = np.sqrt(np.bincount(group, lengths[used] ** 2))
        chosen = used[first]
        rows = matrix[:, chosen] @ diags(together / lengths[chosen])
        of_feature = np.full(matrix.shape[1], -1)
        of_feature[used] = group
        share = np.zeros(matrix.shape[1], np.float32)
        share[used] = lengths[used] / together[group]
        return _Merged(csr_matrix(rows, dtype=np.float32), of_feature, share)

    def parted(self, weights: Singles) -> Singles:
        """Weights of merged features as those of all."""
        return self.share[:, None] * weights[self.group]

    def joined(self, weights: Singles) -> Singles:
        """Weights of all features as those of merged ones."""
        used = np.flatnonzero(self.group >= 0)
        pick = csr_matrix(
            (self.share[used], (self.group[used], used)),
            shape=(self.rows.shape[1], len(self.group)),
        )
        return np.asarray(pick @ weights)
