"""Smoothed target statistics: the click rate of similar rows, without the row's own label.

A mean by category that is learned from the same rows leaks the label of each row into its own feature (target
leakage). Two rules prevent it. A training row sees labels known *before* it: those whose attribution window had closed by then. Serving,
validation and test see one table
of the whole training window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baihuo.features.transforms.crosses import CrossKeys

Floats: TypeAlias = NDArray[np.float32]
Doubles: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothing:
    """How far a mean of ``n`` rows is trusted over the prior.

    With ``strength`` m: weight ``n / (n + m)``. With ``steepness`` too: the sigmoid
    ``1 / (1 + exp((strength - n) / steepness))``, half at ``strength`` rows.

    Source: Micci-Barreca (2001), equations 3, 4 and 7.
    """

    strength: float
    steepness: float | None = None

    def smoothed(self, n: Doubles, total: Doubles, prior: Doubles | float) -> Doubles:
        """Return the mean shrunk to ``prior``; the prior without rows."""
        if self.steepness is None:
            weight = n / (n + self.strength)
        else:
            weight = 1.0 / (1.0 + np.exp(np.minimum((self.strength - n) / self.steepness, 700.0)))
        weight = np.where(n > 0, weight, 0.0)
        mean = total / np.maximum(n, 1.0)
        return np.asarray(weight * mean + (1.0 - weight) * prior)


@dataclass(frozen=True, slots=True, eq=False)
class TargetTable:
    """Serving's lookup table: rows and labels by key, over the training window."""

    keys: CrossKeys  # sorted, each once
    n: Doubles
    total: Doubles
    prior: float
    smoothing: Smoothing

    @classmethod
    def fit(
        cls, keys: CrossKeys, labels: NDArray[Any], smoothing: Smoothing, *, start: float
    ) -> TargetTable:
        """Fit to rows with known labels.

        Args:
            keys: ``[rows]``.
            labels: ``[rows]``, 0 or 1 (any number works).
            start: The prior without any row; counts as ``strength`` rows.
        """
        distinct, position = np.unique(keys, return_inverse=True)
        n = np.bincount(position, minlength=len(distinct)).astype(np.float64)
        total = np.bincount(position, labels, minlength=len(distinct)).astype(np.float64)
        return cls(
            distinct, n, total, _prior(len(keys), float(total.sum()), smoothing, start), smoothing
        )

    def apply(self, keys: CrossKeys) -> Floats:
        """Return ``[rows]``; the prior for unknown keys."""
        if not len(self.keys):
            return np.full(len(keys), self.prior, np.float32)
        position = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        is_known = self.keys[position] == keys
        n, total = (
            np.where(is_known, self.n[position], 0.0),
            np.where(is_known, self.total[position], 0.0),
        )
        return self.smoothing.smoothed(n, total, self.prior).astype(np.float32)


def before(
    keys: CrossKeys,
    labels: NDArray[Any],
    at_us: NDArray[np.int64],
    smoothing: Smoothing,
    *,
    start: float,
    delay_us: int,
) -> Floats:
    """Return ``[rows]``: each row's statistic from rows whose labels were known before it.

    Args:
        at_us: ``[rows]``, when each row happened, in any order.
        delay_us: A label is known this long after its row: the attribution window.
        start: As in :meth:`TargetTable.fit`; the prior moves with time too.

    The row's own label, those of the same moment and later ones are excluded.
    """
    labels = np.asarray(labels, np.float64)
    n, total = _known_before(np.unique(keys, return_inverse=True)[1], labels, at_us, delay_us)
    n_all, total_all = _known_before(np.zeros(len(keys), np.int64), labels, at_us, delay_us)
    prior = (total_all + start * smoothing.strength) / (n_all + smoothing.strength)
    return smoothing.smoothed(n, total, prior).astype(np.float32)


def _known_before(
    group: NDArray[np.int64], labels: Doubles, at_us: NDArray[np.int64], delay_us: int
) -> tuple[Doubles, Doubles]:
    """Return the number of rows of the same group known before each row, and the sum of their labels."""
    times, moment = np.unique(at_us, return_inverse=True)
    # Moments whose labels were known at each moment.
    n_over = np.searchsorted(times, times - delay_us, side="left")
    n_over = np.minimum(n_over, np.arange(len(times)))
    width = len(times) + 1
    order = np.lexsort((moment, group))
    position = (group * width + moment)[order]
    sums = np.concatenate([[0.0], np.cumsum(labels[order])])
    first = np.searchsorted(position, group * width)
    stop = np.searchsorted(position, group * width + n_over[moment])
    return (stop - first).astype(np.float64), sums[stop] - sums[first]


def _prior(n: int, total: float, smoothing: Smoothing, start: float) -> float:
    return (total + start * smoothing.strength) / (n + smoothing.strength)
