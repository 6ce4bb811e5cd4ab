"""The conditional likelihood behind :mod:`baihuo.evaluate.examination`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS, _ENOUGH = 50, 1e-6  # in units of log-likelihood


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Normal, of both slopes."""

    mean: Floats  # [2]
    deviation: Floats  # [2]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Rows summed by stratum and position."""

    position: NDArray[np.int64]  # [cells]
    stratum: NDArray[np.int64]  # [cells] 0, 1, …
    shown: Floats  # [cells] weights of the rows
    clicked: Floats  # [cells] weights of the clicked rows
    _cell: NDArray[np.int64]  # [rows]
    _weight: Floats  # [rows]
    _clicks: Floats  # [rows]

    @classmethod
    def of(
        cls, position: NDArray[np.int64], clicks: Floats, weight: Floats, stratum: NDArray[Any]
    ) -> Cells:
        """Sum rows into cells; weights are scaled so that a stratum's clicks sum to their effective number (Kish, 1965)."""
        _, of_row = np.unique(stratum, return_inverse=True)
        of_row = of_row.reshape(-1)
        width = int(position.max()) + 1
        keys, cell = np.unique(of_row * width + position, return_inverse=True)
        first, second = (np.bincount(of_row, clicks * weight**n) for n in (1, 2))
        weight = (
            weight * np.divide(first, second, out=np.ones_like(first), where=second > 0)[of_row]
        )
        empty = np.zeros(len(keys))
        whole = cls(keys % width, keys // width, empty, empty, cell, weight, clicks)
        return whole.resampled(np.ones(len(weight)))

    def resampled(self, times: NDArray[Any]) -> Cells:
        """Return cells with each row counted ``[rows]`` ``times``."""
        weight = self._weight * times
        shown, clicked = (
            np.bincount(self._cell, w, minlength=len(self.position)).astype(np.float64)
            for w in (weight, weight * self._clicks)
        )
        return replace(self, shown=shown, clicked=clicked)


def fit_slopes(cells: Cells, shapes: Floats, prior: Prior, start: Floats | None = None) -> Floats:
    """Return the two slopes, 0 or more, of the maximum likelihood of the clicks' positions.

    Args:
        shapes: ``[cells, 2]``; the logarithm of examination is ``shapes @ slopes``.
        prior: The prior of the slopes.
        start: Initial slopes.
    """
    start = prior.mean if start is None else start
    both = _newton(cells, shapes, prior, start, np.array([True, True]))
    if (both >= 0).all():
        return both
    tried = [
        _newton(cells, shapes, prior, start, np.array(one))
        for one in ([True, False], [False, True])
    ]
    tried = [np.maximum(slopes, 0.0) for slopes in tried]
    return max(tried, key=lambda slopes: _likelihood(cells, shapes, prior, slopes))


def _newton(
    cells: Cells, shapes: Floats, prior: Prior, start: Floats, is_free: NDArray[np.bool_]
) -> Floats:
    """The maximum over the free slopes, the others 0; the likelihood is concave, and steps are halved until it rises."""
    slopes = np.where(is_free, start, 0.0)
    best = _likelihood(cells, shapes, prior, slopes)
    for _ in range(_STEPS):
        slope, curvature = _derivatives(cells, shapes, prior, slopes)
        step = np.zeros(2)
        free = np.ix_(is_free, is_free)
        step[is_free] = np.linalg.solve(curvature[free], slope[is_free])
        size = 1.0
        while size > 1e-6 and _likelihood(cells, shapes, prior, slopes + size * step) < best:
            size /= 2
        slopes = slopes + size * step
        now = _likelihood(cells, shapes, prior, slopes)
        if now - best < _ENOUGH:
            break
        best = now
    return slopes


def _likelihood(cells: Cells, shapes: Floats, prior: Prior, slopes: Floats) -> float:
    log = shapes @ slopes
    total = np.bincount(cells.stratum, cells.shown * np.exp(log))
    clicked = np.bincount(cells.stratum, cells.clicked)
    has = clicked > 0
    fit = cells.clicked @ log - clicked[has] @ np.log(total[has])
    return float(fit - 0.5 * (((slopes - prior.mean) / prior.deviation) ** 2).sum())


def _derivatives(
    cells: Cells, shapes: Floats, prior: Prior, slopes: Floats
) -> tuple[Floats, Floats]:
    """Slope of the likelihood, and minus its curvature."""
    n = int(cells.stratum.max()) + 1
    odds = cells.shown * np.exp(shapes @ slopes)
    total = np.bincount(cells.stratum, odds, minlength=n)
    share = odds / np.where(total > 0, total, 1.0)[cells.stratum]
    clicked = np.bincount(cells.stratum, cells.clicked, minlength=n)
    mean = np.stack(
        [np.bincount(cells.stratum, share * shape, minlength=n) for shape in shapes.T], axis=1
    )
    slope = cells.clicked @ shapes - clicked @ mean - (slopes - prior.mean) / prior.deviation**2
    apart = shapes - mean[cells.stratum]
    weight = clicked[cells.stratum] * share
    return slope, (apart * weight[:, None]).T @ apart + np.diag(prior.deviation**-2.0)
